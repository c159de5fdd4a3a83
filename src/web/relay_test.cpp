#include "web/relay.hpp"

#include <gmock/gmock.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/secret.hpp"
#include "fakes/run.hpp"
#include "web/relayed.hpp"
#include "web/server.hpp"

namespace carillon::web {
namespace {

using asio::ip::tcp;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

constexpr milliseconds patience{300};

Head relayed(const std::string& value) {
  Head head;
  head.headers["carillon-relay"] = value;
  head.headers["x"] = "y";
  head.peer = "127.0.0.1";
  head.address = "127.0.0.1";
  return head;
}

TEST(Relayed, WhoeverShowsThePasswordVouchesForAnAddress) {
  Head head = relayed("secret 2001:db8::7");
  take_relayed(head, "secret");
  EXPECT_EQ(head.peer, "2001:db8::7");
  EXPECT_EQ(head.address, "2001:db8::/64");
  EXPECT_EQ(head.headers.size(), 1U) << "the password goes no further";
}

TEST(Relayed, NobodyElseDoes) {
  for (const char* value :
       {"wrong 192.0.2.7", "secret", "secret ", "secret nonsense", " 192.0.2.7", "", "secre 192.0.2.7"}) {
    Head head = relayed(value);
    take_relayed(head, "secret");
    EXPECT_EQ(head.peer, "127.0.0.1") << value;
    EXPECT_EQ(head.headers.size(), 1U) << value;
  }
  Head alone = relayed(" 192.0.2.7");
  take_relayed(alone, "");
  EXPECT_EQ(alone.peer, "127.0.0.1") << "no nodes, no password";
}

// A server that answers, and one that passes on.
class RelayTest : public testing::Test {
 protected:
  RelayTest() {
    Route echo;
    echo.max_body = 1000;
    echo.handler = [this](Request request) -> asio::awaitable<Response> {
      ++asked_;
      Response response;
      response.status = 202;
      response.content_type = "text/plain";
      response.headers.emplace_back("X-Seen", request.method + " " + request.path + "?" + request.query);
      response.body = request.body + "|" + request.authorization + "|" + request.peer;
      co_return response;
    };
    for (const char* path : {"/ingest", "/deed/{name}"})
      there_.keep("POST", path, echo);
    there_.keep("GET", "/page", echo);
    there_.keep("GET", "/pieces", {[](const Request&) -> asio::awaitable<Response> {
                  Response response;
                  response.body = "begin;";
                  auto left = std::make_shared<int>(3);
                  response.more = [left]() -> asio::awaitable<std::optional<std::string>> {
                    co_await sleep_for(milliseconds(5));
                    if ((*left)-- == 0) co_return std::nullopt;
                    co_return "piece;";
                  };
                  co_return response;
                }});
    here_.keep("GET", "/ready", {[](const Request&) -> asio::awaitable<Response> {
                 Response response;
                 response.body = "here";
                 co_return response;
               }});
    answering_ = std::make_unique<Server>(io_.get_executor(), Listen(), there_, log_, refused_);
    answering_->believe_nodes("secret");
    target_ = RelayTarget{"http://127.0.0.1:" + std::to_string(answering_->port()) + "/", "secret"};
    here_.pass_on(std::make_shared<Route>(relay_.route()), {"/ready"});
    passing_ = std::make_unique<Server>(io_.get_executor(), Listen(), here_, log_, refused_);
  }

  asio::awaitable<std::string> exchange(std::string text) {
    tcp::socket socket(co_await asio::this_coro::executor);
    co_await socket.async_connect(
        {asio::ip::address_v4::loopback(), static_cast<unsigned short>(passing_->port())},
        asio::use_awaitable);
    co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
    std::string answer;
    boost::system::error_code end;
    co_await asio::async_read(socket, asio::dynamic_buffer(answer),
                              asio::redirect_error(asio::use_awaitable, end));
    co_return answer;
  }
  std::string ask(const std::string& line, const std::string& body = "") {
    return test::run(io_, exchange(line +
                                   " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: token\r\n"
                                   "Carillon-Relay: secret 203.0.113.9\r\nContent-Length: " +
                                   std::to_string(body.size()) + "\r\n\r\n" + body));
  }
  // A server that takes a request, and breaks off.
  int broken_server() {
    acceptor_.emplace(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    asio::co_spawn(
        io_,
        [this]() -> asio::awaitable<void> {
          while (true) {
            tcp::socket socket = co_await acceptor_->async_accept(asio::use_awaitable);
            ++asked_;
            std::array<char, 1000> piece{};
            boost::system::error_code ignored;
            co_await socket.async_read_some(asio::buffer(piece),
                                            asio::redirect_error(asio::use_awaitable, ignored));
            if (asked_ == 2) target_->url = "http://127.0.0.1:" + std::to_string(answering_->port()) + "/";
          }
        },
        asio::detached);
    return acceptor_->local_endpoint().port();
  }

  asio::io_context io_;
  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  metrics::Registry registry_;
  metrics::Family<metrics::Counter>& refused_ = registry_.counters("refused", "", {"why"});
  std::optional<RelayTarget> target_;
  Relay relay_{io_.get_executor(), [this] { return target_; }, 1000, patience};
  Router there_, here_;
  std::unique_ptr<Server> answering_, passing_;
  std::optional<tcp::acceptor> acceptor_;
  int asked_ = 0;
};

TEST_F(RelayTest, RequestsAndAnswersGoThroughWhole) {
  const std::string answer = ask("POST /deed/a%20b?x=%26", "the body");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 202 "));
  EXPECT_THAT(answer, HasSubstr("X-Seen: POST /deed/a%20b?x=%26\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\nthe body|token|127.0.0.1"))
      << "whoever asked is whom this node sees, whatever it says of itself";
  EXPECT_THAT(ask("GET /nothing"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(ask("GET /ready"), HasSubstr("\r\n\r\nhere"));
  EXPECT_THAT(ask("POST /ingest", std::string(1001, 'x')), StartsWith("HTTP/1.1 413 "));
}

TEST_F(RelayTest, WhatComesInPiecesGoesOnInPieces) {
  const std::string answer = ask("GET /pieces");
  EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_THAT(answer, HasSubstr("begin;"));
  EXPECT_THAT(answer, HasSubstr("piece;"));
  EXPECT_THAT(answer, testing::EndsWith("\r\n0\r\n\r\n")) << "its end comes, too";
  const std::string head = ask("HEAD /page");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 202 "));
  EXPECT_THAT(head, testing::EndsWith("\r\n\r\n"));
}

TEST_F(RelayTest, WhileNobodyServesItWaits) {
  const auto target = std::exchange(target_, std::nullopt);
  asio::steady_timer later(io_, milliseconds(100));
  later.async_wait([&](const boost::system::error_code&) { target_ = target; });
  EXPECT_THAT(ask("POST /deed/x", "b"), StartsWith("HTTP/1.1 202 "));
  EXPECT_EQ(asked_, 1);
}

TEST_F(RelayTest, NotForEver) {
  target_.reset();
  const std::string answer = ask("POST /ingest", "b");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 2\r\n"));
  EXPECT_THAT(answer, HasSubstr("no node serves now"));
}

TEST_F(RelayTest, PostsOfBuildsAndPagesAreRepeated) {
  for (const char* line : {"POST /ingest", "GET /page"}) {
    asked_ = 0;
    target_->url = "http://127.0.0.1:" + std::to_string(broken_server()) + "/";
    EXPECT_THAT(ask(line), StartsWith("HTTP/1.1 202 ")) << line;
    EXPECT_EQ(asked_, 3) << line << ": twice in vain";
  }
}

TEST_F(RelayTest, WhatMayHaveBeenDoneIsNotDoneAgain) {
  target_->url = "http://127.0.0.1:" + std::to_string(broken_server()) + "/";
  const std::string answer = ask("POST /deed/x");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 502 "));
  EXPECT_THAT(answer, HasSubstr("look whether it was done"));
  EXPECT_EQ(asked_, 1);
}

}  // namespace
}  // namespace carillon::web
