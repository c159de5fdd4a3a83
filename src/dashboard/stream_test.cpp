#include "dashboard/stream.hpp"

#include <gtest/gtest.h>

#include "fakes/run.hpp"

namespace carillon::dashboard {
namespace {

class StreamTest : public testing::Test {
 protected:
  StreamTest() {
    limits_.pause = std::chrono::milliseconds(0);  // it looks whenever it is asked
    limits_.beat = std::chrono::milliseconds(30);
    limits_.streams = 2;
  }
  ~StreamTest() override {
    if (stream_) stream_->stop();
    io_.run();
  }
  Stream& stream() {
    if (!stream_) {
      stream_ = std::make_unique<Stream>(
          io_.get_executor(),
          [this]() -> asio::awaitable<std::optional<Signs>> {
            ++looks_;
            co_return signs_;
          },
          100, limits_, [this](const Asked& asked) { return asked.caller.who != gone_; });
    }
    return *stream_;
  }
  web::Response open(const std::string& last_event_id = "", const std::string& method = "GET",
                     const std::string& who = "alice") {
    Asked asked;
    asked.caller.who = who;
    asked.request.method = method;
    if (!last_event_id.empty()) asked.request.headers["last-event-id"] = last_event_id;
    return test::run(io_, stream().place().handler(std::move(asked)));
  }
  std::string next(const web::Response& response) {
    return test::run(io_, response.more()).value_or("the end");
  }

  asio::io_context io_;
  Stream::Limits limits_;
  std::optional<Signs> signs_ = Signs();
  int looks_ = 0;
  // Who may no longer listen.
  std::string gone_ = "nobody";
  std::unique_ptr<Stream> stream_;
};

TEST_F(StreamTest, TellsWhichTopicsHaveChangedAndNothingElse) {
  EXPECT_EQ(test::run(io_, stream().now()), 101U);
  const web::Response response = open();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/event-stream; charset=utf-8");
  EXPECT_EQ(response.body, "retry: 2000\n\n");
  EXPECT_EQ(next(response), "id: 101\nevent: beat\ndata: ok\n\n");
  signs_->heard = 7;
  signs_->stored = 3;
  EXPECT_EQ(next(response), "id: 102\nevent: change\ndata: builds deliveries silences\n\n");
  signs_->reporters = "linux: a secret name";
  signs_->sources = "x";
  signs_->replays = 1;
  EXPECT_EQ(next(response), "id: 103\nevent: change\ndata: reporters sources replays\n\n");
  EXPECT_EQ(next(response), "id: 103\nevent: beat\ndata: ok\n\n");
}

TEST_F(StreamTest, WhoComesAgainIsToldOnceWhatWasMissed) {
  test::run(io_, stream().now());
  signs_->stored = 1;
  EXPECT_EQ(test::run(io_, stream().now()), 102U);
  const web::Response behind = open("101");
  EXPECT_EQ(next(behind), "id: 102\nevent: change\ndata: deliveries silences\n\n");
  EXPECT_EQ(next(behind), "id: 102\nevent: beat\ndata: ok\n\n");
  const web::Response foreign = open("nonsense");
  EXPECT_EQ(next(foreign),
            "id: 102\nevent: change\ndata: builds deliveries reporters sources silences replays\n\n");
}

TEST_F(StreamTest, BeyondTheLimitItSaysWhenToComeAgain) {
  const web::Response first = open();
  auto second = std::make_optional(open());
  const web::Response third = open();
  EXPECT_EQ(third.status, 503);
  EXPECT_FALSE(third.more);
  EXPECT_NE(std::ranges::find(third.headers, std::pair<std::string, std::string>("Retry-After", "30")),
            third.headers.end());
  second.reset();
  EXPECT_EQ(stream().size(), 1U);
  EXPECT_EQ(open().status, 200);
}

TEST_F(StreamTest, OnePersonLeavesRoomForOthers) {
  limits_.streams = 10;
  limits_.streams_of_one = 2;
  const web::Response first = open("", "GET", "alice");
  const web::Response second = open("", "GET", "alice");
  EXPECT_EQ(open("", "GET", "alice").status, 503);
  EXPECT_EQ(open("", "GET", "bob").status, 200);
}

TEST_F(StreamTest, AskedForItsHeaderItOpensNoStream) {
  for (int i = 0; i < 3; ++i) {
    const web::Response header = open("", "HEAD");
    EXPECT_EQ(header.status, 200);
    EXPECT_EQ(header.content_type, "text/event-stream; charset=utf-8");
    EXPECT_EQ(next(header), "the end");
    EXPECT_EQ(stream().size(), 0U);
  }
  EXPECT_EQ(looks_, 0);
  const web::Response first = open();
  const web::Response second = open();
  EXPECT_EQ(open("", "HEAD").status, 503) << "as GET is answered";
}

TEST_F(StreamTest, NothingIsLookedAtWhileNobodyListens) {
  {
    const web::Response response = open();
    next(response);
  }
  io_.restart();
  io_.run();  // it has nothing to do any more
  EXPECT_EQ(stream().size(), 0U);
  const int looks = looks_;
  EXPECT_GT(looks, 0);
  signs_->heard = 1;
  EXPECT_EQ(test::run(io_, stream().now()), 102U) << "a page knows what came meanwhile";
  EXPECT_EQ(looks_, looks + 1);
}

TEST_F(StreamTest, ManyPagesAreNoReasonToLookOften) {
  limits_.pause = std::chrono::hours(1);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(test::run(io_, stream().now()), 101U);
  EXPECT_EQ(looks_, 1);
}

TEST_F(StreamTest, WhatCannotBeReadIsNoChange) {
  const web::Response response = open();
  next(response);
  signs_.reset();
  EXPECT_EQ(next(response), "id: 101\nevent: beat\ndata: ok\n\n");
  signs_ = Signs();
  signs_->stored = 1;
  EXPECT_EQ(next(response), "id: 102\nevent: change\ndata: deliveries silences\n\n");
}

TEST_F(StreamTest, WhatCouldNotBeReadAtFirstMayBeNews) {
  signs_.reset();
  const web::Response response = open();
  EXPECT_EQ(next(response), "id: 100\nevent: beat\ndata: ok\n\n");
  signs_ = Signs();
  EXPECT_EQ(next(response),
            "id: 101\nevent: change\ndata: builds deliveries reporters sources silences replays\n\n");
}

TEST_F(StreamTest, WhatChangesOnceItIsOpenIsTold) {
  const web::Response response = open();
  signs_->heard = 1;
  std::string told = next(response);
  while (told == "id: 101\nevent: beat\ndata: ok\n\n")
    told = next(response);
  EXPECT_EQ(told, "id: 102\nevent: change\ndata: builds\n\n");
}

TEST_F(StreamTest, EndsWithTheServerAndAfterItsLife) {
  limits_.life = std::chrono::milliseconds(0);
  EXPECT_EQ(next(open()), "the end");
  stream_.reset();
  limits_.life = std::chrono::hours(1);
  const web::Response response = open();
  next(response);
  asio::post(io_, [this] { stream_->stop(); });
  EXPECT_EQ(next(response), "the end");
  EXPECT_EQ(open().status, 503);
}

TEST_F(StreamTest, EndsWhenItsCallerMayNoLongerListen) {
  limits_.beat = std::chrono::hours(1);
  const web::Response alice = open();
  const web::Response bob = open("", "GET", "bob");
  next(alice);
  next(bob);
  gone_ = "alice";
  signs_->heard = 1;
  EXPECT_EQ(next(alice), "the end") << "and not what has changed";
  EXPECT_NE(next(bob), "the end");
  // Nothing happens but that; nobody waits for a beat.
  asio::steady_timer later(io_, std::chrono::milliseconds(20));
  later.async_wait([this](boost::system::error_code) { gone_ = "bob"; });
  EXPECT_EQ(next(bob), "the end");
}

}  // namespace
}  // namespace carillon::dashboard
