#include "web/server.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/secret.hpp"
#include "fakes/run.hpp"

namespace carillon::web {
namespace {

using asio::ip::tcp;

asio::awaitable<std::string> exchange(int port, std::string text) {
  tcp::socket socket(co_await asio::this_coro::executor);
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), static_cast<unsigned short>(port));
  co_await socket.async_connect(endpoint, asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
  socket.shutdown(tcp::socket::shutdown_send);
  std::string answer;
  boost::system::error_code end;
  co_await asio::async_read(socket, asio::dynamic_buffer(answer),
                            asio::redirect_error(asio::use_awaitable, end));
  co_return answer;
}

// A connection that stays, for what comes piece by piece.
class Client {
 public:
  Client(asio::io_context& io, int port) : io_(io), socket_(io) {
    socket_.connect({asio::ip::address_v4::loopback(), static_cast<unsigned short>(port)});
  }
  void say(const std::string& text) { asio::write(socket_, asio::buffer(text)); }
  // The server is at the body when this returns.
  void begin_body(int size) {
    say("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: " + std::to_string(size) +
        "\r\n\r\n");
    EXPECT_EQ(hear("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  }
  // What comes until the text holds `end`; "" for the end of the connection.
  std::string hear(const std::string& end = "") { return test::run(io_, hear_it(end)); }

 private:
  asio::awaitable<std::string> hear_it(std::string end) {
    std::string text;
    std::array<char, 1000> piece{};
    boost::system::error_code error;
    while (!error && (end.empty() || text.find(end) == std::string::npos)) {
      const std::size_t size = co_await socket_.async_read_some(
          asio::buffer(piece), asio::redirect_error(asio::use_awaitable, error));
      text.append(piece.data(), size);
    }
    co_return text;
  }

  asio::io_context& io_;
  tcp::socket socket_;
};

class WebTest : public testing::Test {
 protected:
  WebTest() {
    Route echo;
    echo.handler = [this](Request request) -> asio::awaitable<Response> {
      if (during_) during_();
      Response response;
      response.status = 202;
      response.body = request.body + "|" + request.query + "|" + request.authorization;
      co_return response;
    };
    echo.max_body = 1000;
    echo.refuse = [](const Head& head) -> std::optional<Response> {
      if (head.authorization == "wrong") return error_response(401, "who are you?");
      return std::nullopt;
    };
    router_.keep("POST", "/echo", echo);
    router_.keep("GET", "/page", {[](const Request&) -> asio::awaitable<Response> {
                   Response response;
                   response.body = "a page";
                   co_return response;
                 }});
    router_.keep("GET", "/bug", {[](const Request&) -> asio::awaitable<Response> {
                   throw std::runtime_error("bug");
                   co_return Response();
                 }});
    Route broken{[](const Request&) -> asio::awaitable<Response> {
      throw std::runtime_error("bug");
      co_return Response();
    }};
    broken.broken = [] {
      Response response;
      response.status = 500;
      response.body = "a page that says so";
      return response;
    };
    router_.keep("GET", "/broken", std::move(broken));
    router_.keep("GET", "/pieces/{count}", {[this](const Request& request) -> asio::awaitable<Response> {
                   Response response;
                   response.content_type = "text/event-stream";
                   response.body = "begin;";
                   const int count = std::stoi(request.parameters.at("count"));
                   auto number = std::make_shared<int>(0);
                   response.more = [this, count, number]() -> asio::awaitable<std::optional<std::string>> {
                     ++pieces_;
                     if (count < 0) throw std::runtime_error("bug in a piece");
                     co_await sleep_for(std::chrono::milliseconds(1));
                     if (*number == count) co_return std::nullopt;
                     co_return "piece " + std::to_string(++*number) + ";";
                   };
                   co_return response;
                 }});
    listen_.small_body = 100;
    listen_.bodies = 1500;
    start_ = [this] {
      server_ = std::make_unique<Server>(io_.get_executor(), listen_, router_, log_, refused_);
    };
    start_();
  }
  // A path that has a handler for now.
  std::shared_ptr<void> hook(const std::string& path) {
    Route route;
    route.max_body = 10;
    route.secret_path = true;
    route.handler = [](Request called) -> asio::awaitable<Response> {
      if (called.body == "bug") throw std::runtime_error("bug");
      Response response;
      for (const auto& [name, value] : called.headers)
        response.body += name + "=" + value + ";";
      co_return response;
    };
    return router_.add("POST", path, route);
  }
  std::string ask(const std::string& text) { return test::run(io_, exchange(server_->port(), text)); }

  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  metrics::Registry registry_;
  metrics::Family<metrics::Counter>& refused_ = registry_.counters("refused", "", {"why"});
  asio::io_context io_;
  Router router_;
  Listen listen_;
  std::function<void()> start_;   // anew, with what listen_ says
  std::function<void()> during_;  // while /echo is answered
  int pieces_ = 0;                // of answers that come in pieces
  std::unique_ptr<Server> server_;
};

TEST_F(WebTest, NobodyWaitsForAPieceWhenTheOtherSideHasGone) {
  const auto waits = std::make_shared<bool>(false);
  const auto route =
      router_.add("GET", "/long", {[waits](const Request&) -> asio::awaitable<Response> {
                    Response response;
                    response.more = [waits]() -> asio::awaitable<std::optional<std::string>> {
                      const std::shared_ptr<void> end(nullptr, [waits](void*) { *waits = false; });
                      *waits = true;
                      co_await sleep_for(std::chrono::hours(1));
                      co_return std::nullopt;
                    };
                    co_return response;
                  }});
  auto client = std::make_unique<Client>(io_, server_->port());
  client->say("GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
  while (!*waits)
    io_.run_one();
  client.reset();
  while (*waits)
    io_.run_one_for(std::chrono::seconds(10));
  EXPECT_FALSE(*waits) << "the wait was cancelled";

  Client early(io_, server_->port());
  early.say("GET /long HTTP/1.1\r\nHost: x\r\n\r\nGET /page HTTP/1.1\r\nHost: x\r\n\r\n");
  while (!*waits)
    io_.run_one();
  io_.poll();
  EXPECT_TRUE(*waits) << "the next request is no end";
}

TEST_F(WebTest, AnAnswerMayComeInPieces) {
  const std::string request = "GET /pieces/2 HTTP/1.1\r\nHost: x\r\n\r\n";
  Client client(io_, server_->port());
  client.say(request + "GET /page HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string all = client.hear("a page");
  EXPECT_NE(all.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos) << all;
  EXPECT_EQ(all.find("Content-Length: 0"), std::string::npos) << all;
  EXPECT_NE(all.find("\r\n\r\n6\r\nbegin;\r\n8\r\npiece 1;\r\n8\r\npiece 2;\r\n0\r\n\r\nHTTP/1.1 200"),
            std::string::npos)
      << "and the connection goes on: " << all;
}

TEST_F(WebTest, PiecesForOldClientsForHeadAndWithABug) {
  Client client(io_, server_->port());
  client.say("GET /pieces/1 HTTP/1.0\r\n\r\n");
  const std::string old = client.hear();
  EXPECT_TRUE(old.ends_with("\r\n\r\nbegin;piece 1;")) << old;
  EXPECT_EQ(old.find("chunked"), std::string::npos);
  pieces_ = 0;
  const std::string head = ask("HEAD /pieces/1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  EXPECT_EQ(pieces_, 0);
  const std::string broken = ask("GET /pieces/-1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(broken.ends_with("6\r\nbegin;\r\n")) << "its end is missing: " << broken;
}

TEST_F(WebTest, PathsMayComeAndGo) {
  const std::string request =
      "POST /hook1:s3cret HTTP/1.1\r\nHost: x\r\nX-Token: T\r\nx-Other: 2\r\nAccept: y\r\nContent-Length: "
      "0\r\n"
      "Connection: close\r\n\r\n";
  EXPECT_NE(ask(request).find(" 404 "), std::string::npos);
  auto passing = hook("/hook1:s3cret");
  const std::string answer = ask(request);
  EXPECT_NE(answer.find(" 200 "), std::string::npos);
  EXPECT_NE(answer.find("x-other=2;x-token=T;"), std::string::npos) << answer;
  passing.reset();
  EXPECT_NE(ask(request).find(" 404 "), std::string::npos);
}

TEST_F(WebTest, ASecretPathIsNotShownInAnError) {
  const auto passing = hook("/hook1:s3cret");
  testing::internal::CaptureStderr();
  const std::string answer =
      ask("POST /hook1:s3cret HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbug");
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(answer.find(" 500 "), std::string::npos);
  EXPECT_NE(log.find("a webhook"), std::string::npos) << log;
  EXPECT_EQ(log.find("s3cret"), std::string::npos) << log;
}

TEST_F(WebTest, AnswersRequestsOnOneConnection) {
  const std::string request =
      "POST /echo?a=b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Length: 2\r\n\r\nhi";
  const std::string answer = ask(request + request);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 202 Accepted\r\n")) << answer;
  const auto first = answer.find("hi|a=b|Bearer t");
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(answer.find("hi|a=b|Bearer t", first + 1), std::string::npos);
}

TEST_F(WebTest, KnowsWhatIsNotThere) {
  EXPECT_TRUE(ask("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 404"));
  const std::string wrong = ask("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(wrong.starts_with("HTTP/1.1 405"));
  EXPECT_NE(wrong.find("Allow: POST"), std::string::npos);
}

TEST_F(WebTest, SurvivesBadClientsAndBugs) {
  EXPECT_TRUE(ask("nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(
      ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n").starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(ask("GET /bug HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 500"));
  const std::string broken = ask("GET /broken HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(broken.starts_with("HTTP/1.1 500"));
  EXPECT_TRUE(broken.ends_with("a page that says so"));
  EXPECT_EQ(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf"), "");
  EXPECT_TRUE(ask("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 404"));
}

TEST_F(WebTest, HeadIsAnsweredWhereGetIs) {
  const std::string answer = ask("HEAD /page HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  EXPECT_NE(answer.find("Content-Length: 6\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
  const std::string wrong = ask("HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(wrong.starts_with("HTTP/1.1 405")) << wrong;
  EXPECT_NE(ask("POST /page HTTP/1.1\r\nHost: x\r\n\r\n").find("Allow: GET, HEAD"), std::string::npos);
}

TEST_F(WebTest, WhatCanBeUnderstoodInTwoWaysIsRefusedAndClosed) {
  const std::vector<std::string> headers = {
      "",                                                                // no Host
      "Host: x\r\nHost: y\r\n",                                          //
      "Host: x\r\nX-Long: a\r\n b\r\n",                                  // folded
      "Host: x\r\nX-Long: a\r\n\tb\r\n",                                 //
      "Host: x\r\nTransfer-Encoding: gzip\r\n",                          // unknown
      "Host: x\r\nTransfer-Encoding: gzip, chunked\r\n",                 //
      "Host: x\r\nTransfer-Encoding: identity\r\n",                      //
      "Host: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n",  //
      "Host: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n",  //
      "Host: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n",           //
      "Host: x\r\nContent-Length: -2\r\n",                               //
      "Host : x\r\n",                                                    // a space before the colon
      "Host: x\nX-A: b\r\n",                                             // LF alone
  };
  const std::string next = "GET /page HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const std::string& header : headers) {
    const std::string answer = ask("POST /echo HTTP/1.1\r\n" + header + "\r\n" + next);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400")) << header << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos) << header << answer;
    EXPECT_EQ(answer.find("a page"), std::string::npos) << header << answer;
  }
  EXPECT_TRUE(ask("GET /page HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 200")) << "that needs no Host";
}

TEST_F(WebTest, WhatIsRefusedByTheHeaderNeedsNoBody) {
  for (const auto& [header, status] : std::vector<std::pair<std::string, std::string>>{
           {"Authorization: wrong\r\nContent-Length: 500", "401"},
           {"Authorization: wrong\r\nTransfer-Encoding: chunked", "401"},
           {"Content-Length: 1001", "413"},
           {"Content-Length: 99999999999999999", "413"},
           {"Content-Length: 5\r\nExpect: a-miracle", "417"},
       }) {
    Client client(io_, server_->port());
    client.say("POST /echo HTTP/1.1\r\nHost: x\r\n" + header + "\r\n\r\n");
    const std::string answer = client.hear("\"}\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + status)) << header << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos) << header << answer;
  }
}

TEST_F(WebTest, ARefusalArrivesThoughTheBodyIsStillSent) {
  Client client(io_, server_->port());
  client.say("POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: wrong\r\nContent-Length: 300000\r\n\r\n");
  const std::string piece(1000, 'x');
  for (int i = 0; i < 300; ++i) {
    client.say(piece);
    io_.poll();
  }
  EXPECT_TRUE(client.hear().starts_with("HTTP/1.1 401"));
}

TEST_F(WebTest, ARefusalWithoutABodyKeepsTheConnection) {
  const std::string request = "POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: wrong\r\n\r\n";
  const std::string answer = ask(request + request);
  const auto first = answer.find("who are you?");
  ASSERT_NE(first, std::string::npos) << answer;
  EXPECT_NE(answer.find("who are you?", first + 1), std::string::npos) << answer;
}

TEST_F(WebTest, ABodyThatIsWaitedForIsAskedFor) {
  Client client(io_, server_->port());
  client.begin_body(2);
  client.say("hi");
  EXPECT_TRUE(client.hear("hi||").starts_with("HTTP/1.1 202"));
  client.say("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nho");
  EXPECT_TRUE(client.hear("ho||").starts_with("HTTP/1.1 202")) << "it was there already";
}

TEST_F(WebTest, ChunksMakeABodyAndHaveItsLimit) {
  const std::string header = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n";
  const std::string answer = ask(header + "2\r\nhi\r\n4;a=b\r\n you\r\n0\r\n\r\n");
  EXPECT_NE(answer.find("hi you||"), std::string::npos) << answer;
  std::string much = header;
  for (int i = 0; i < 20; ++i)
    much += "40\r\n" + std::string(64, 'x') + "\r\n";
  EXPECT_TRUE(ask(much).starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(ask(header + "nonsense\r\n").starts_with("HTTP/1.1 400"));
}

TEST_F(WebTest, BodiesUnderWayAreBounded) {
  const std::string header = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: ";
  Client large(io_, server_->port());
  large.begin_body(900);
  Client second(io_, server_->port());
  second.say(header + "700\r\n\r\n");
  const std::string busy = second.hear("\"}\n");
  EXPECT_TRUE(busy.starts_with("HTTP/1.1 503")) << busy;
  EXPECT_NE(busy.find("Retry-After: "), std::string::npos) << busy;
  EXPECT_EQ(refused_.of({"bodies"}).value(), 1U);
  Client chunks(io_, server_->port());
  chunks.say("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2bc\r\n" +
             std::string(700, 'x') + "\r\n");
  EXPECT_TRUE(chunks.hear("\"}\n").starts_with("HTTP/1.1 503"));
  Client small(io_, server_->port());
  small.say(header + "100\r\n\r\n" + std::string(100, 'x'));
  EXPECT_TRUE(small.hear("xx||").starts_with("HTTP/1.1 202")) << "a small one gets through";
  large.say(std::string(900, 'x'));
  EXPECT_TRUE(large.hear("xx||").starts_with("HTTP/1.1 202"));
  Client third(io_, server_->port());
  third.say(header + "900\r\n\r\n" + std::string(900, 'x'));
  EXPECT_TRUE(third.hear("xx||").starts_with("HTTP/1.1 202")) << "there is room again";
}

TEST_F(WebTest, WhoIsTooSlowIsLeft) {
  listen_.header_time = std::chrono::milliseconds(100);
  listen_.body_time = std::chrono::milliseconds(100);
  listen_.idle_time = std::chrono::milliseconds(100);
  start_();
  for (const char* begun :
       {"", "POST /echo HTTP/1.1\r\nHo", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"}) {
    Client client(io_, server_->port());
    client.say(begun);
    EXPECT_EQ(client.hear(), "") << begun;
  }
  listen_.header_time = listen_.body_time = std::chrono::seconds(60);
  start_();
  Client idle(io_, server_->port());
  idle.say("GET /page HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(idle.hear().ends_with("a page"));
}

TEST_F(WebTest, ThoseWhoOnlyWaitMakeRoom) {
  listen_.connections = 4;
  listen_.connections_per_address = 4;
  start_();
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 10; ++i) {
    idle.push_back(std::make_unique<Client>(io_, server_->port()));
    io_.poll();
  }
  EXPECT_TRUE(ask("GET /page HTTP/1.1\r\nHost: x\r\n\r\n").ends_with("a page"));
  EXPECT_EQ(idle.front()->hear(), "");
  EXPECT_EQ(refused_.of({"connections"}).value(), 0U);
}

TEST_F(WebTest, WhereAllWorkANewOneIsSentOff) {
  listen_.connections = 2;
  listen_.connections_per_address = 2;
  start_();
  std::vector<std::unique_ptr<Client>> working;
  for (int i = 0; i < 2; ++i) {
    working.push_back(std::make_unique<Client>(io_, server_->port()));
    working.back()->begin_body(9);
  }
  Client other(io_, server_->port());
  const std::string answer = other.hear();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503")) << answer;
  EXPECT_EQ(refused_.of({"connections"}).value(), 1U);
  working.front()->say("nine more");
  EXPECT_TRUE(working.front()->hear("||").starts_with("HTTP/1.1 202"));
}

TEST_F(WebTest, AHeaderHasItsLimit) {
  const std::string long_line = "GET /page HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(9000, 'x');
  EXPECT_TRUE(ask(long_line).starts_with("HTTP/1.1 431"));
  EXPECT_TRUE(ask(long_line + "\r\n\r\n").starts_with("HTTP/1.1 431"));
}

TEST_F(WebTest, SaysWhyItCannotListen) {
  Listen taken;
  taken.port = server_->port();
  EXPECT_THROW(Server(io_.get_executor(), taken, router_, log_, refused_), std::runtime_error);
  Listen nowhere;
  nowhere.host = "nowhere";
  EXPECT_THROW(Server(io_.get_executor(), nowhere, router_, log_, refused_), std::runtime_error);
}

}  // namespace
}  // namespace carillon::web
