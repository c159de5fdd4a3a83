// A place at a target is free as soon as the target has answered, not when the store has noted it.
#include <sqlite3.h>

#include <memory>
#include <set>

#include "pipeline/fake_process.hpp"

namespace carillon::pipeline {
namespace {

// Nobody else can write as long as this lives.
class Held {
 public:
  explicit Held(const std::string& path) {
    if (on_postgres()) {
      server_ = std::make_unique<store::postgres::Connection>(store::place_of_test(path));
      server_->run("BEGIN; LOCK TABLE deliveries IN EXCLUSIVE MODE");
      return;
    }
    EXPECT_EQ(sqlite3_open(path.c_str(), &file_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(file_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  }
  ~Held() { sqlite3_close(file_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  std::unique_ptr<store::postgres::Connection> server_;
  sqlite3* file_ = nullptr;
};

class PlacesTest : public PipelineTest {
 protected:
  // So many of other builders wait, and as many as may be are at the target. Then nobody can write, and the
  // target answers.
  void answer_while_held(Process& process, int builds) {
    reporter_->before_sending = [this](const Delivery&) -> asio::awaitable<void> {
      ++begun_;
      while (hangs_)
        co_await sleep_for(std::chrono::milliseconds(1));
    };
    for (int number = 1; number <= builds; ++number)
      ASSERT_TRUE(process.accept(build_event(1, Results::success, "builder" + std::to_string(number))));
    ASSERT_TRUE(run_until(process.io, [&] {
      return process.courier.waiting("r") == static_cast<std::size_t>(builds) &&
             process.store->backlog() == 0;
    }));
    EXPECT_EQ(begun_, reporter_->concurrency());
    held_ = std::make_unique<Held>(dir_.file("c.sqlite"));
    hangs_ = false;
  }
  std::set<std::string> sent() const {
    std::set<std::string> keys;
    for (const Delivery& delivery : reporter_->sent)
      keys.insert(delivery.key);
    return keys;
  }

  std::size_t begun_ = 0;
  bool hangs_ = true;
  std::unique_ptr<Held> held_;
};

TEST_F(PlacesTest, OthersTakeThePlacesOfThoseThatTheStoreIsStillToNote) {
  constexpr int builds = 60;
  const std::size_t most = 4 * reporter_->concurrency();
  ASSERT_LT(most, builds);
  Process& process = start();
  answer_while_held(process, builds);
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == most; }));
  process.io.run_for(std::chrono::milliseconds(50));
  EXPECT_EQ(reporter_->sent.size(), most) << "so many would be sent again after a crash";
  EXPECT_EQ(process.courier.in_flight(), most);
  held_.reset();
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(reporter_->sent.size(), builds);
  EXPECT_EQ(sent().size(), builds) << "each once";
  EXPECT_EQ(reporter_->most_under_way, reporter_->concurrency());
  EXPECT_EQ(process.courier.in_flight(), 0U);
}

TEST_F(PlacesTest, ATargetThatTakesFewIsAskedWhenTheStoreHasNotedIt) {
  reporter_->parallel = 2;
  Process& process = start();
  answer_while_held(process, 10);
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 2; }));
  process.io.run_for(std::chrono::milliseconds(50));
  EXPECT_EQ(reporter_->sent.size(), 2U);
  held_.reset();
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(sent().size(), 10U);
  EXPECT_EQ(reporter_->sent.size(), 10U);
}

}  // namespace
}  // namespace carillon::pipeline
