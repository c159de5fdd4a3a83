#include "chat/directory.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "chat/command.hpp"
#include "fakes/master.hpp"
#include "fakes/run.hpp"

namespace carillon::chat {
namespace {

// Answers later, and counts how many questions are open.
class SlowMaster final : public source::Source, public source::Queries {
 public:
  std::size_t open = 0;
  std::size_t most_open = 0;
  bool aborts = false;

  const std::string& name() const override { return name_; }
  const std::string& url() const override { return name_; }
  source::Queries* queries() override { return this; }
  Task<json::value> get(std::string path) override {
    most_open = std::max(most_open, ++open);
    for (int i = 0; i < 3; ++i)
      co_await asio::post(asio::use_awaitable);
    --open;
    if (aborts) throw boost::system::system_error(asio::error::operation_aborted);
    if (path == "7") co_return unreachable("no seven");
    co_return json::value(path);
  }
  asio::awaitable<void> run(source::Sink&) override { co_return; }

 private:
  std::string name_ = "slow";
};

TEST(Directory, AsksAtOnceAndKeepsTheOrder) {
  asio::io_context io;
  const auto master = std::make_shared<SlowMaster>();
  std::vector<Question> questions;
  for (int i = 0; i < 40; ++i)
    questions.push_back({master, std::to_string(i)});
  const auto answers = test::run(io, ask_all(std::move(questions)));
  ASSERT_EQ(answers.size(), 40U);
  EXPECT_EQ(master->most_open, 16U);
  for (int i = 0; i < 40; ++i) {
    if (i == 7) {
      ASSERT_FALSE(answers[7]);
      EXPECT_EQ(answers[7].error().what, "no seven");
    } else {
      EXPECT_EQ(answers[i], json::value(std::to_string(i)));
    }
  }
  EXPECT_TRUE(test::run(io, ask_all({})).empty());
}

TEST(Directory, LetsACancellationThrough) {
  asio::io_context io;
  const auto master = std::make_shared<SlowMaster>();
  master->aborts = true;
  std::vector<Question> questions = {{master, "1"}, {master, "2"}};
  EXPECT_THROW(test::run(io, ask_all(std::move(questions))), boost::system::system_error);
  EXPECT_EQ(master->open, 0U);
}

TEST(Directory, TroublesAreOneShortLine) {
  EXPECT_EQ(trouble("ci", {Failure::Kind::unreachable, "a\r\nb", std::nullopt}), "I could not ask 'ci': a b");
  EXPECT_LT(trouble("ci", {Failure::Kind::unreachable, std::string(5000, 'x'), std::nullopt}).size(), 250U);
}

TEST(Directory, ChangesOfSeveralMastersAreMerged) {
  asio::io_context io;
  const auto one = std::make_shared<test::FakeMaster>("one");
  const auto two = std::make_shared<test::FakeMaster>("two");
  one->answer("changes?order=-changeid&limit=3", R"({"changes": [
    {"comments": "d", "when_timestamp": 40}, {"comments": "b", "when_timestamp": 20}]})");
  two->answer("changes?order=-changeid&limit=3", R"({"changes": [
    {"comments": "c", "when_timestamp": 30}, {"comments": "a", "when_timestamp": 10}]})");
  World world;
  world.sources = [&] { return std::vector<SourcePtr>{one, two}; };
  const auto found = test::run(io, recent_changes(world, 3));
  std::string comments;
  for (const Change& change : found.changes)
    comments += change.comment;
  EXPECT_EQ(comments, "bcd");
}

TEST(Directory, RoughTimes) {
  EXPECT_EQ(rough_time(-5), "a moment");
  EXPECT_EQ(rough_time(1), "a moment");
  EXPECT_EQ(rough_time(59), "59 seconds");
  EXPECT_EQ(rough_time(60), "a minute");
  EXPECT_EQ(rough_time(7'199), "an hour");
  EXPECT_EQ(rough_time(86'400 * 3), "3 days");
  EXPECT_EQ(rough_time(86'400 * 400), "a year");
}

}  // namespace
}  // namespace carillon::chat
