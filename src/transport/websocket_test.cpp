#include "transport/websocket.hpp"

#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "fakes/http_server.hpp"
#include "fakes/names.hpp"
#include "fakes/run.hpp"
#include "fakes/websocket_peer.hpp"
#include "transport/websocket_url.hpp"

namespace carillon::websocket {
namespace {

using fakes::HttpServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;
using fakes::WebsocketPeer;

class Websocket : public testing::Test {
 protected:
  template <class T>
  T await(asio::awaitable<T> task) {
    std::optional<T> result;
    asio::co_spawn(io_, std::move(task), [&](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      result.emplace(std::move(value));
    });
    io_.restart();
    while (!result)
      io_.run_one();
    return std::move(*result);
  }

  // What the server does with a connection after it accepted the upgrade.
  using Script = std::function<asio::awaitable<void>(WebsocketPeer&)>;
  void serve(Script script) {
    server_.on_upgrade(
        [this, script](asio::ip::tcp::socket socket, std::string head) -> asio::awaitable<void> {
          head_ = head;
          WebsocketPeer stream(std::move(socket));
          co_await stream.accept(head);
          auto scripted = script(stream);
          co_await std::move(scripted);
        });
  }

  Options options(std::string path = "ws") { return {.url = server_.url() + path}; }

  asio::io_context io_{1};
  HttpServer server_{io_.get_executor()};
  std::string head_;
};

asio::awaitable<void> send(WebsocketPeer& stream, std::string text) {
  co_await stream.write(std::move(text));
}

asio::awaitable<void> echo(WebsocketPeer& stream) {
  while (true) {
    const auto text = co_await stream.read();
    if (!text) co_return;
    co_await stream.write(*text);
  }
}

TEST_F(Websocket, ExchangesMessagesAndSendsTheHeaders) {
  serve(echo);
  auto with_cookie = options("sub/ws?x=1");
  with_cookie.headers.emplace_back("Cookie", "A=b; C=d");
  auto connection = await(connect(with_cookie));
  ASSERT_TRUE(connection) << connection.error().what;
  EXPECT_THAT(head_, AllOf(HasSubstr("GET /sub/ws?x=1 HTTP/1.1"), HasSubstr("Cookie: A=b; C=d"),
                           HasSubstr("carillon/"), HasSubstr("Host: 127.0.0.1:")));
  const std::string large(300'000, 'x');
  for (const auto& text : {std::string("hello"), std::string(), large}) {
    ASSERT_TRUE(await((*connection)->write(text)));
    const auto answer = await((*connection)->read());
    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer, text);
  }
}

TEST_F(Websocket, ARefusedUpgradeIsRejectedWithItsStatus) {
  for (const int status : {401, 403, 404, 200, 503}) {
    server_.answer([status](const auto&) { return HttpServer::Reply{.status = status}; });
    const auto connection = await(connect(options("ws?secret")));
    ASSERT_FALSE(connection);
    const bool refused = status == 401 || status == 403 || status == 404;
    EXPECT_EQ(connection.error().kind, refused ? Failure::Kind::rejected : Failure::Kind::unreachable);
    EXPECT_THAT(connection.error().what,
                AllOf(HasSubstr("/ws: "), HasSubstr(std::to_string(status)), Not(HasSubstr("secret"))));
  }
}

TEST_F(Websocket, FailuresToConnect) {
  server_.answer([](const auto&) { return HttpServer::Reply{.raw = "not HTTP at all\r\n\r\n"}; });
  EXPECT_FALSE(await(connect(options())));
  server_.answer([](const auto&) { return HttpServer::Reply{.hang = true}; });
  auto impatient = options();
  impatient.connect_timeout = 100ms;
  EXPECT_FALSE(await(connect(impatient)));
  server_.stop();
  EXPECT_EQ(await(connect(options())).error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(await(connect({.url = "ftp://x/"})).error().kind, Failure::Kind::rejected);
  EXPECT_EQ(await(connect({.url = "ws://x:y/"})).error().kind, Failure::Kind::rejected);
  EXPECT_EQ(await(connect({.url = "ws://127.0.0.1/", .headers = {{"A", "b\r\nC: d"}}})).error().kind,
            Failure::Kind::rejected);
}

TEST_F(Websocket, ConnectsOnlyWhereItIsAllowed) {
  net::Lookups::of(io_.get_executor()).allow(net::Networks({"10.0.0.0/8"}));
  const auto connection = await(connect(options()));
  ASSERT_FALSE(connection);
  EXPECT_THAT(connection.error().what, HasSubstr("127.0.0.1 is not in allowedNetworks"));
}

TEST_F(Websocket, ANameThatNobodyAnswersForIsGivenUp) {
  fakes::Names names;
  names.hangs("dead.test");
  names.use(io_.get_executor());
  const auto connection = await(connect({.url = "ws://dead.test/ws", .connect_timeout = 50ms}));
  ASSERT_FALSE(connection);
  EXPECT_THAT(connection.error().what, HasSubstr("name lookup: no answer within 50 ms"));
  EXPECT_TRUE(test::run_until(io_, [&] { return names.asked() == 1; }));
}

TEST_F(Websocket, NoticesThatTheServerClosesOrSendsGarbage) {
  serve([](WebsocketPeer& stream) -> asio::awaitable<void> { co_await stream.leave(); });
  auto closed = await(connect(options()));
  ASSERT_TRUE(closed);
  EXPECT_EQ(await((*closed)->read()).error().kind, Failure::Kind::unreachable);
  serve([](WebsocketPeer& stream) -> asio::awaitable<void> {
    const std::string garbage("\xff\xff\xff\xff\xff", 5);
    co_await stream.write_raw(garbage);
  });
  auto broken = await(connect(options()));
  ASSERT_TRUE(broken);
  EXPECT_EQ(await((*broken)->read()).error().kind, Failure::Kind::unreachable);
}

TEST_F(Websocket, LimitsTheSizeOfAMessage) {
  serve([](WebsocketPeer& stream) { return send(stream, std::string(2000, 'x')); });
  auto small = options();
  small.max_message = 1999;
  auto connection = await(connect(small));
  ASSERT_TRUE(connection);
  EXPECT_FALSE(await((*connection)->read()));
}

TEST_F(Websocket, NoticesASilentPeer) {
  serve([](WebsocketPeer& stream) -> asio::awaitable<void> {  // reads nothing, so it answers no ping
    asio::steady_timer timer(stream.executor(), 60s);
    co_await timer.async_wait(asio::use_awaitable);
  });
  auto impatient = options();
  impatient.idle_timeout = 200ms;
  auto connection = await(connect(impatient));
  ASSERT_TRUE(connection);
  const auto message = await((*connection)->read());
  ASSERT_FALSE(message);
  EXPECT_THAT(message.error().what, HasSubstr("no answer in time"));
}

TEST_F(Websocket, APeerThatAnswersPingsIsAlive) {
  serve(echo);
  auto impatient = options();
  impatient.idle_timeout = 2s;
  auto connection = await(connect(impatient));
  ASSERT_TRUE(connection);
  std::optional<Result<std::string>> message;
  asio::co_spawn(io_, (*connection)->read(),
                 [&](std::exception_ptr, Result<std::string> got) { message = got; });
  io_.restart();
  io_.run_for(5s);
  EXPECT_FALSE(message.has_value());
  (*connection)->abort();
  ASSERT_TRUE(test::run_until(io_, [&] { return message.has_value(); }));
  EXPECT_FALSE(*message);
}

TEST_F(Websocket, ReadingCanBeCancelled) {
  serve(echo);
  auto connection = await(connect(options()));
  ASSERT_TRUE(connection);
  asio::cancellation_signal cancel;
  bool thrown = false;
  auto done = [&](std::exception_ptr error, const Result<std::string>&) { thrown = error != nullptr; };
  asio::co_spawn(io_, (*connection)->read(), asio::bind_cancellation_slot(cancel.slot(), done));
  io_.restart();
  io_.poll();
  cancel.emit(asio::cancellation_type::terminal);
  EXPECT_TRUE(test::run_until(io_, [&] { return thrown; }));
}

TEST(WebsocketUrl, HasItsParts) {
  const auto url = parse_url("wss://user:pw@CI.example.org/bb/ws?q=1");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->secure);
  EXPECT_EQ(url->host, "ci.example.org");
  EXPECT_EQ(url->port, "443");
  EXPECT_EQ(url->target, "/bb/ws?q=1");
  EXPECT_EQ(url->shown, "wss://ci.example.org/bb/ws");
  const auto six = parse_url("http://[::1]:8010/ws");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->port, "8010");
  EXPECT_EQ(six->authority, "[::1]:8010");
  EXPECT_FALSE(parse_url("ftp://x"));
  EXPECT_FALSE(parse_url("ws://[]:9989/ws"));
}

}  // namespace
}  // namespace carillon::websocket
