#include "access/sessions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/secret.hpp"
#include "fakes/clock.hpp"
#include "fakes/key_value.hpp"
#include "fakes/run.hpp"

namespace carillon::access {
namespace {

class SessionsTest : public testing::Test {
 protected:
  std::unique_ptr<Sessions> made() {
    auto sessions = std::make_unique<Sessions>(io_.get_executor(), [this] { return &memory_; }, clock_, log_);
    wait(sessions->load());
    return sessions;
  }
  void wait(asio::awaitable<void> what) {
    test::run(io_, [](asio::awaitable<void> inner) -> asio::awaitable<bool> {
      co_await std::move(inner);
      co_return true;
    }(std::move(what)));
  }
  std::string begin(Sessions& sessions, const std::string& user = "alice") {
    return test::run(io_, sessions.begin(Session{user, {"ci"}, "passwords", "mark"}));
  }
  void run_what_is_left() {
    io_.restart();
    io_.run();
  }

  asio::io_context io_;
  test::FakeClock clock_;
  test::FakeKeyValue memory_;
  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
};

TEST_F(SessionsTest, AreKnownByWhatTheBrowserShows) {
  const auto sessions = made();
  const std::string id = begin(*sessions);
  EXPECT_EQ(id.size(), 43U);
  const Session* found = sessions->find(id);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->user, "alice");
  EXPECT_THAT(found->groups, testing::ElementsAre("ci"));
  for (const std::string& wrong : {std::string(), std::string("x"), id + "x", id.substr(1)})
    EXPECT_EQ(sessions->find(wrong), nullptr) << wrong;
  EXPECT_NE(begin(*sessions), id);
}

TEST_F(SessionsTest, AreKeptOverARestartWithoutWhatTheBrowserShows) {
  const std::string id = begin(*made());
  ASSERT_EQ(memory_.kept.size(), 1U);
  const auto& [name, value] = *memory_.kept.begin();
  EXPECT_EQ(name.second.find(id), std::string::npos);
  EXPECT_EQ(json::serialize(value.first).find(id), std::string::npos);
  const auto again = made();
  const Session* found = again->find(id);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->mark, "mark");
  EXPECT_EQ(found->by, "passwords");
}

TEST_F(SessionsTest, EndTwelveHoursAfterTheLastRequest) {
  const auto sessions = made();
  const std::string id = begin(*sessions);
  for (int i = 0; i < 5; ++i) {
    clock_.advance(11 * test::hour);
    EXPECT_NE(sessions->find(id), nullptr) << i;
    run_what_is_left();
  }
  EXPECT_NE(made()->find(id), nullptr) << "that it was used is kept, too";
  clock_.advance(13 * test::hour);
  EXPECT_EQ(sessions->find(id), nullptr);
  run_what_is_left();
  EXPECT_TRUE(memory_.kept.empty());
}

TEST_F(SessionsTest, LastThirtyDaysAtMost) {
  const auto sessions = made();
  const std::string id = begin(*sessions);
  for (int hours = 0; hours <= 30 * 24; hours += 10) {
    EXPECT_NE(sessions->find(id), nullptr) << hours;
    clock_.advance(10 * test::hour);
    run_what_is_left();
  }
  EXPECT_EQ(sessions->find(id), nullptr);
}

TEST_F(SessionsTest, OldOnesAreForgottenAtTheStart) {
  const std::string id = begin(*made());
  clock_.advance(13 * test::hour);
  EXPECT_EQ(made()->find(id), nullptr);
  EXPECT_TRUE(memory_.kept.empty());
}

TEST_F(SessionsTest, AnEndedOneStaysEnded) {
  const auto sessions = made();
  const std::string id = begin(*sessions);
  const std::string other = begin(*sessions);
  clock_.advance(test::hour);
  sessions->find(id);  // this begins to write that it was used
  wait(sessions->end(id));
  run_what_is_left();
  EXPECT_EQ(sessions->find(id), nullptr);
  EXPECT_EQ(made()->find(id), nullptr);
  EXPECT_NE(sessions->find(other), nullptr);
  wait(sessions->end_where([](const Session& session) { return session.user == "alice"; }));
  EXPECT_EQ(sessions->find(other), nullptr);
  EXPECT_TRUE(memory_.kept.empty());
}

TEST_F(SessionsTest, OneThatEndedWhileNothingCouldBeWrittenIsForgottenLater) {
  const auto sessions = made();
  const std::string id = begin(*sessions);
  memory_.full = true;
  wait(sessions->end(id));
  wait(sessions->forget_again());
  EXPECT_FALSE(memory_.kept.empty());
  memory_.full = false;
  wait(sessions->forget_again());
  EXPECT_TRUE(memory_.kept.empty());
  EXPECT_EQ(made()->find(id), nullptr);
}

TEST_F(SessionsTest, OfOneUserAreBounded) {
  const auto sessions = made();
  const std::string bobs = begin(*sessions, "bob");
  clock_.advance(1000);
  const std::string first = begin(*sessions);
  for (std::size_t i = 0; i < Sessions::most_of_user; ++i) {
    clock_.advance(1000);
    begin(*sessions);
  }
  EXPECT_EQ(sessions->find(first), nullptr);
  EXPECT_NE(sessions->find(bobs), nullptr) << "another one's stays";
  EXPECT_EQ(sessions->size(), Sessions::most_of_user + 1);
}

}  // namespace
}  // namespace carillon::access
