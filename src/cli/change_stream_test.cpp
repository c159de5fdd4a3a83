#include "cli/change_stream.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "fakes/http_server.hpp"

namespace carillon::cli {
namespace {

TEST(EventLines, OnlyAChangeThatHasEndedCounts) {
  EventLines lines;
  EXPECT_FALSE(lines.feed("retry: 2000\n\nid: 1\nevent: beat\ndata: ok\n\n"));
  EXPECT_FALSE(lines.feed("id: 2\r\nevent: cha"));
  EXPECT_FALSE(lines.feed("nge\r\ndata: builds\r\n"));
  EXPECT_TRUE(lines.feed("\r\n"));
  EXPECT_FALSE(lines.feed("\n"));
  EXPECT_TRUE(lines.feed("event: change\ndata: x\n\nevent: beat\n\n")) << "the last one is another";
  EXPECT_FALSE(lines.feed("data: event: change\n\n"));
}

// A server on a thread of its own.
class ChangeStreamTest : public testing::Test {
 protected:
  ~ChangeStreamTest() override { end(); }

  void end() {
    server_io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  void serve(const std::string& raw) {
    server_.answer([raw](const fakes::HttpServer::Received&) {
      fakes::HttpServer::Reply reply;
      reply.raw = raw;
      return reply;
    });
    thread_ = std::thread([this] { server_io_.run(); });
  }

  asio::io_context server_io_{1};
  fakes::HttpServer server_{server_io_.get_executor()};
  std::thread thread_;
};

TEST_F(ChangeStreamTest, AStreamWakesAndIsAskedForWithTheToken) {
  serve("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: change\ndata: builds\n\n");
  ChangeStream stream(server_.url(), Secret("the-token"));
  const auto begun = std::chrono::steady_clock::now();
  stream.wait();
  end();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
  ASSERT_EQ(server_.received().size(), 1U);
  EXPECT_EQ(server_.received().at(0).target, "/api/v1/stream");
  EXPECT_EQ(server_.received().at(0).header("authorization"), "Bearer the-token");
}

TEST_F(ChangeStreamTest, WithoutAStreamItIsASecond) {
  serve("HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  ChangeStream stream(server_.url(), Secret());
  const auto begun = std::chrono::steady_clock::now();
  stream.wait();
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(1000));
  stream.wait();
  end();
  EXPECT_EQ(server_.received().size(), 1U) << "it is not asked for again at once";
}

}  // namespace
}  // namespace carillon::cli
