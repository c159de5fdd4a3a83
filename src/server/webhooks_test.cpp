#include "server/webhooks.hpp"

#include <gtest/gtest.h>

#include "fakes/run.hpp"

namespace carillon::server {
namespace {

class WebhooksTest : public testing::Test {
 protected:
  std::shared_ptr<void> add(int status) {
    return table_.add("/hook", [this, status](reporter::Webhooks::Call call) -> asio::awaitable<int> {
      calls_.push_back(std::move(call));
      co_return status;
    });
  }
  // The status; 0: nobody answers.
  int call(const std::string& method = "POST", const std::string& path = "/hook") {
    web::Request request;
    request.method = method;
    request.path = path;
    request.content_type = "application/json";
    request.headers["x-token"] = "T";
    request.headers["content-type"] = "application/json";
    request.body = "{}";
    const auto found = router_.find(request);
    if (!found.route) return 0;
    EXPECT_TRUE(found.route->secret_path);
    return test::run(io_, found.route->handler(request)).status;
  }

  asio::io_context io_;
  web::Router router_;
  WebhookTable table_{router_};
  std::vector<reporter::Webhooks::Call> calls_;
};

TEST_F(WebhooksTest, AHandlerAnswersAsLongAsItsHandleLives) {
  EXPECT_EQ(call(), 0);
  auto handle = add(202);
  EXPECT_EQ(call(), 202);
  EXPECT_EQ(calls_.at(0).body, "{}");
  EXPECT_EQ(calls_.at(0).headers.at("x-token"), "T");
  EXPECT_EQ(calls_.at(0).headers.at("content-type"), "application/json");
  EXPECT_EQ(call("GET"), 0);
  EXPECT_EQ(call("POST", "/other"), 0);
  handle.reset();
  EXPECT_EQ(call(), 0);
}

TEST_F(WebhooksTest, TheNewestOfAPathAnswersAndOutlivesTheOlder) {
  auto older = add(200);
  const auto newer = add(202);
  EXPECT_EQ(call(), 202);
  older.reset();
  EXPECT_EQ(call(), 202);
}

}  // namespace
}  // namespace carillon::server
