#include "web/server.hpp"

#include <gtest/gtest.h>

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

class WebTest : public testing::Test {
 protected:
  WebTest() {
    Routes routes;
    routes[{"POST", "/echo"}] = [](Request request) -> asio::awaitable<Response> {
      Response response;
      response.status = 202;
      response.body = request.body + "|" + request.query + "|" + request.authorization;
      co_return response;
    };
    routes[{"GET", "/bug"}] = [](const Request&) -> asio::awaitable<Response> {
      throw std::runtime_error("bug");
      co_return Response();
    };
    Listen listen;
    listen.max_body = 1000;
    const auto find = [this](const Request& request) -> Handler {
      if (request.path != passing_) return nullptr;
      return [](Request called) -> asio::awaitable<Response> {
        if (called.body == "bug") throw std::runtime_error("bug");
        Response response;
        for (const auto& [name, value] : called.own_headers)
          response.body += name + "=" + value + ";";
        co_return response;
      };
    };
    server_ = std::make_unique<Server>(io_.get_executor(), listen, routes, log_, find);
  }
  std::string ask(const std::string& text) { return test::run(io_, exchange(server_->port(), text)); }

  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  asio::io_context io_;
  std::string passing_;  // a path that has a handler for now
  std::unique_ptr<Server> server_;
};

TEST_F(WebTest, PathsMayComeAndGo) {
  const std::string request =
      "POST /hook1:s3cret HTTP/1.1\r\nHost: x\r\nX-Token: T\r\nx-Other: 2\r\nAccept: y\r\nContent-Length: "
      "0\r\n"
      "Connection: close\r\n\r\n";
  EXPECT_NE(ask(request).find(" 404 "), std::string::npos);
  passing_ = "/hook1:s3cret";
  const std::string answer = ask(request);
  EXPECT_NE(answer.find(" 200 "), std::string::npos);
  EXPECT_NE(answer.find("x-other=2;x-token=T;"), std::string::npos) << answer;
  passing_.clear();
  EXPECT_NE(ask(request).find(" 404 "), std::string::npos);
}

TEST_F(WebTest, ASecretPathIsNotShownInAnError) {
  passing_ = "/hook1:s3cret";
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
  EXPECT_EQ(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf"), "");
  EXPECT_TRUE(ask("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 404"));
}

TEST_F(WebTest, SaysWhyItCannotListen) {
  Listen taken;
  taken.port = server_->port();
  EXPECT_THROW(Server(io_.get_executor(), taken, {}, log_), std::runtime_error);
  Listen nowhere;
  nowhere.host = "nowhere";
  EXPECT_THROW(Server(io_.get_executor(), nowhere, {}, log_), std::runtime_error);
}

}  // namespace
}  // namespace carillon::web
