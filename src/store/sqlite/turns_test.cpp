// The disk is full for a large report; a small one of the same builder must not pass it.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace carillon::store {
namespace {

// While it lives no file of this process grows above the limit.
class SmallDisk {
 public:
  explicit SmallDisk(std::uintmax_t bytes) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    rlimit now = old_;
    now.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~SmallDisk() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int) = nullptr;
};

class TurnsTest : public testing::Test {
 protected:
  ~TurnsTest() override { store_->close(); }

  Notification order_of(int number, const char* builder) {
    Event event;
    event.source = "ci";
    event.key = std::string("builds/") + builder + std::to_string(number) + "/finished";
    event.body = json::object{{"builder", json::object{{"name", builder}}}};
    NewEvent made;
    made.kind = EventKind::build_finished;
    event.text = std::make_shared<const ObjectText>(event.body);
    made.event = std::make_shared<const Event>(std::move(event));
    made.decisions.push_back({"mail", {Decision::Outcome::report, "test"}});
    std::vector<NewEvent> events;
    events.push_back(std::move(made));
    return test::run(io_, store_->accept("ci", std::move(events), nullptr, 1))->front().notifications.front();
  }

  using Stored = Result<Composed>;

  // Hands all over at once, as the composer does.
  std::vector<Stored> compose(const std::vector<std::pair<Notification, std::size_t>>& notifications) {
    std::vector<std::optional<Stored>> ended(notifications.size());
    for (std::size_t i = 0; i < notifications.size(); ++i) {
      Delivery made;
      made.key = notifications[i].first.event->key;
      made.lane = "lane";
      made.payload = std::string(notifications[i].second, 'x');
      auto rows = std::make_shared<const std::vector<Delivery>>(std::vector<Delivery>{std::move(made)});
      asio::co_spawn(io_, store_->compose(notifications[i].first, std::move(rows), 2),
                     [&ended, i](const std::exception_ptr&, Stored done) { ended[i] = std::move(done); });
    }
    EXPECT_TRUE(test::run_until(io_, [&] {
      return std::all_of(ended.begin(), ended.end(), [](auto& one) { return one.has_value(); });
    }));
    std::vector<Stored> all;
    for (auto& one : ended)
      all.push_back(std::move(*one));
    return all;
  }

  test::TempDir dir_;
  asio::io_context io_;
  std::unique_ptr<Store> store_ = open_sqlite(io_.get_executor(), dir_.file("c.sqlite"));
};

TEST_F(TurnsTest, ASmallReportDoesNotPassALargeOneThatFoundTheDiskFull) {
  const Notification large = order_of(1, "linux");
  const Notification small = order_of(2, "linux");
  const Notification other = order_of(1, "windows");
  {
    const SmallDisk full(std::filesystem::file_size(dir_.file("c.sqlite-wal")) + 100'000);
    const auto stored = compose({{large, 400'000}, {small, 10}, {other, 10}});
    ASSERT_FALSE(stored[0]);
    EXPECT_EQ(stored[0].error().kind, Failure::Kind::throttled) << stored[0].error().what;
    ASSERT_FALSE(stored[1]);
    EXPECT_EQ(stored[1].error().kind, Failure::Kind::throttled);
    EXPECT_EQ(stored[1].error().what, "an earlier report of this builder is not stored yet");
    EXPECT_TRUE(stored[2]) << "another builder's fits";
    EXPECT_FALSE(compose({{small, 10}})[0]) << "not when it is tried again, either";
  }
  const auto stored = compose({{large, 400'000}, {small, 10}});
  ASSERT_TRUE(stored[0]) << stored[0].error().what;
  ASSERT_TRUE(stored[1]) << stored[1].error().what;
  EXPECT_LT(stored[0]->deliveries.front().id, stored[1]->deliveries.front().id);
}

}  // namespace
}  // namespace carillon::store
