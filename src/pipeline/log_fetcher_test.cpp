#include "pipeline/log_fetcher.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <filesystem>

#include "fakes/clock.hpp"
#include "fakes/long_log.hpp"
#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "spool/folder.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace carillon::pipeline {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class LogFetcherTest : public testing::Test {
 protected:
  ~LogFetcherTest() override { store_->close(); }

  WantedLog wanted(std::int64_t log, std::uint64_t max_size = 1 << 30) {
    WantedLog want;
    want.source = master_;
    want.id = log;
    want.lines = static_cast<std::int64_t>(master_->logs[log].size());
    want.max_size = max_size;
    return want;
  }
  Result<FetchedLog> fetch(const WantedLog& want) { return test::run(io_, logs_.fetch(want)); }
  std::string content(const reporter::LogFile& file) {
    const auto open = test::run(io_, spool_.open(file.name, file.size)).value();
    return open == nullptr ? "none" : test::run(io_, open->read(0, file.size)).value();
  }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    const auto entries = test::run(io_, spool_.entries()).value();
    for (const auto& entry : entries)
      all.push_back(entry.name);
    return all;
  }
  // Stores a delivery with the file.
  void deliver(const reporter::LogFile& file, const std::string& key, DeliveryState state) {
    store::NewEvent event;
    Event heard;
    heard.source = "ci";
    heard.key = "builds/" + key + "/finished";
    event.kind = EventKind::build_finished;
    heard.text = std::make_shared<const ObjectText>(heard.body);
    event.event = std::make_shared<const Event>(heard);
    ReporterDecision decision;
    decision.reporter = "r";
    decision.decision.outcome = Decision::Outcome::report;
    event.decisions.push_back(decision);
    std::vector<store::NewEvent> events{event};
    auto accepted = test::run(io_, store_->accept("ci", std::move(events), nullptr, 1)).value();
    Delivery delivery;
    delivery.key = key;
    delivery.payload = "p";
    delivery.files = {{file.name, file.size, file.escaped, 1, 0, "log"}};
    auto rows = std::make_shared<std::vector<Delivery>>();
    rows->push_back(delivery);
    auto composed = test::run(io_, store_->compose(accepted[0].notifications[0], rows, 1)).value();
    store::Settlement end;
    end.state = state;
    end.at = ++settled_;
    ASSERT_TRUE(test::run(io_, store_->settle(composed.deliveries[0].id, end)));
  }

  test::TempDir dir_;
  test::FakeClock clock_;
  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  asio::io_context io_;
  std::unique_ptr<store::Store> store_ = store::open_sqlite(io_.get_executor(), dir_.file("c.sqlite"));
  spool::Folder spool_{io_.get_executor(), dir_.path() / "spool", 0};
  SpoolRoom room_{spool_, *store_, log_};
  LogFetcher logs_{spool_, room_, clock_, log_};
  std::shared_ptr<test::LogMaster> master_ = std::make_shared<test::LogMaster>();
  Millis settled_ = 0;
};

TEST_F(LogFetcherTest, AShortLogStaysInMemory) {
  master_->write(1, 100);
  const FetchedLog fetched = fetch(wanted(1)).value();
  EXPECT_FALSE(fetched.file);
  EXPECT_EQ(fetched.text, master_->text(1));
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ(room_.used(), 0U);
}

TEST_F(LogFetcherTest, ALongLogBecomesAFile) {
  master_->write(1, 5000);
  WantedLog want = wanted(1);
  want.stream = true;
  const FetchedLog raw = fetch(want).value();
  ASSERT_TRUE(raw.file);
  EXPECT_EQ(content(*raw.file), master_->text(1));
  want.plain = true;
  const FetchedLog plain = fetch(want).value();
  EXPECT_EQ(content(*plain.file), reporter::without_channels(master_->text(1)));
  EXPECT_EQ(room_.used(), raw.file->size + plain.file->size);
  EXPECT_EQ(room_.files(), 2U);
}

TEST_F(LogFetcherTest, WhereManyShortOnesAreInMemoryTheyBecomeFilesToo) {
  master_->write(1, 100);
  WantedLog want = wanted(1);
  want.in_memory = 0;
  EXPECT_TRUE(fetch(want)->file);
}

TEST_F(LogFetcherTest, SeveralWhoWantItFetchItOnce) {
  master_->write(1, 5000);
  std::vector<FetchedLog> got;
  for (int i = 0; i < 5; ++i) {
    asio::co_spawn(io_, logs_.fetch(wanted(1, (1 << 20) + i)),
                   [&](const std::exception_ptr&, Result<FetchedLog> one) { got.push_back(one.value()); });
  }
  ASSERT_TRUE(test::run_until(io_, [&] { return got.size() == 5; }));
  EXPECT_THAT(names(), SizeIs(1));
  EXPECT_THAT(master_->asked, SizeIs(1 + 1)) << "in two pieces, once";
  for (const FetchedLog& one : got)
    EXPECT_EQ(one.file->name, got.front().file->name);
  // A log that grew is another one, and so is the same number in another life of the master.
  master_->write(1, 1);
  EXPECT_NE(fetch(wanted(1))->file->name, got.front().file->name);
  WantedLog other = wanted(1);
  other.occurrence = "2";
  EXPECT_TRUE(fetch(other)->file);
  EXPECT_THAT(names(), SizeIs(3));
}

TEST_F(LogFetcherTest, AShortenedOneServesOnlyWhoWantsItAsShort) {
  master_->write(1, 10'000);
  const auto cut = fetch(wanted(1, 100'000)).value();
  EXPECT_EQ(cut.file->size, 100'000U);
  EXPECT_EQ(fetch(wanted(1, 100'000))->file->name, cut.file->name);
  const auto whole = fetch(wanted(1)).value();
  EXPECT_EQ(whole.file->size, master_->text(1).size());
  EXPECT_EQ(fetch(wanted(1, 200'000))->file->size, 200'000U);
}

TEST_F(LogFetcherTest, AMasterThatIsAwayInTheMiddleLeavesNothing) {
  master_->write(1, 100'000);
  master_->breaks = 3;
  const auto failed = fetch(wanted(1));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what, "away");
  EXPECT_TRUE(std::filesystem::is_empty(spool_.folder()));
  EXPECT_EQ(room_.used(), 0U);
  master_->breaks.reset();
  EXPECT_EQ(content(*fetch(wanted(1))->file), master_->text(1));
}

TEST_F(LogFetcherTest, AFullSpoolShortensTheLogWithANote) {
  room_.set_limit(1'000'000);
  master_->write(1, 20'000);  // 800 KB
  master_->write(2, 20'000);
  const auto first = fetch(wanted(1)).value();
  ASSERT_TRUE(first.file);
  const FetchedLog second = fetch(wanted(2)).value();
  EXPECT_FALSE(second.file);
  EXPECT_LT(second.text.size(), short_log + 100);
  EXPECT_THAT(second.text, HasSubstr("lines left out"));
  EXPECT_THAT(second.note, HasSubstr("is shortened: the spool is full"));
  EXPECT_THAT(names(), SizeIs(1));
  EXPECT_EQ(room_.used(), first.file->size);
}

TEST_F(LogFetcherTest, ADiskThatIsFullShortensTheLogToo) {
  spool::Folder full(io_.get_executor(), dir_.path() / "full", ~std::uint64_t{0});
  SpoolRoom room(full, *store_, log_);
  LogFetcher logs(full, room, clock_, log_);
  master_->write(1, 20'000);
  const FetchedLog fetched = test::run(io_, logs.fetch(wanted(1))).value();
  EXPECT_THAT(fetched.text, HasSubstr("lines left out"));
  EXPECT_THAT(fetched.note, HasSubstr("the disk is nearly full"));
  EXPECT_EQ(room.used(), 0U);
}

// A spool that keeps short logs only, and is away for a while.
class SmallSpool final : public spool::Spool {
 public:
  explicit SmallSpool(spool::Spool& folder) : folder_(folder) {}
  std::unique_ptr<spool::Writer> create(const std::string& name) override {
    return away ? std::make_unique<Away>() : folder_.create(name);
  }
  Task<std::shared_ptr<const spool::File>> open(std::string name, std::uint64_t size) override {
    return folder_.open(std::move(name), size);
  }
  Task<std::vector<Entry>> entries() override { return folder_.entries(); }
  Task<void> remove(std::vector<std::string> names) override { return folder_.remove(std::move(names)); }
  Limit limit() const override { return {200'000, "it keeps 200 kB"}; }

  bool away = false;

 private:
  struct Away final : spool::Writer {
    Task<void> write_at(std::uint64_t, std::string) override {
      co_return failed(Failure{Failure::Kind::unreachable, "the database is away", std::chrono::seconds(2)});
    }
    Task<void> finish(std::uint64_t) override { co_return unreachable("it never comes to this"); }
  };

  spool::Spool& folder_;
};

TEST_F(LogFetcherTest, WhatTheSpoolShouldNotKeepIsShortenedWithANote) {
  SmallSpool small(spool_);
  SpoolRoom room(small, *store_, log_);
  LogFetcher logs(small, room, clock_, log_);
  const auto fetch = [&](std::int64_t log, std::uint64_t max_size) {
    return test::run(io_, logs.fetch(wanted(log, max_size))).value();
  };
  master_->write(1, 20'000);  // 800 KB
  master_->write(2, 4'000);
  for (int again = 0; again < 2; ++again) {
    const FetchedLog cut = fetch(1, 1 << 30);
    EXPECT_EQ(cut.note, "is shortened: it keeps 200 kB");
    EXPECT_EQ(cut.file->size, 200'000U);
    EXPECT_THAT(content(*cut.file), HasSubstr("lines left out"));
  }
  EXPECT_THAT(names(), SizeIs(1)) << "the second one was known";
  EXPECT_EQ(fetch(1, 100'000).note, "") << "it is what was asked for";
  const FetchedLog whole = fetch(2, 1 << 30);
  EXPECT_EQ(whole.note, "");
  EXPECT_EQ(content(*whole.file), master_->text(2));
}

TEST_F(LogFetcherTest, ASpoolThatIsAwayIsWaitedFor) {
  SmallSpool small(spool_);
  SpoolRoom room(small, *store_, log_);
  LogFetcher logs(small, room, clock_, log_);
  master_->write(1, 4'000);
  small.away = true;
  const auto failed = test::run(io_, logs.fetch(wanted(1)));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what, "the database is away");
  EXPECT_EQ(room.used(), 0U);
  small.away = false;
  EXPECT_EQ(content(*test::run(io_, logs.fetch(wanted(1)))->file), master_->text(1));
}

TEST_F(LogFetcherTest, AClosedSpoolShortensTheLog) {
  master_->write(1, 20'000);
  room_.close("it belongs to another database");
  const FetchedLog fetched = fetch(wanted(1)).value();
  EXPECT_LT(fetched.text.size(), short_log + 100);
  EXPECT_EQ(fetched.note, "is shortened: it belongs to another database");
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(LogFetcherTest, WhatAnotherNodeFinishedLateGoes) {
  master_->write(1, 2'000);
  const auto fetched = fetch(wanted(1)).value();
  LogFetcher other(spool_, room_, clock_, log_);
  EXPECT_NE(test::run(io_, other.fetch(wanted(1)))->file->name, fetched.file->name) << "at the same moment";
  ASSERT_TRUE(test::run(io_, room_.tidy()));
  const std::uint64_t used = room_.used();
  const auto late = spool_.create("late");
  ASSERT_TRUE(test::run(io_, late->write_at(0, "text")));
  ASSERT_TRUE(test::run(io_, late->finish(4)));
  ASSERT_TRUE(test::run(io_, room_.tidy()));
  EXPECT_THAT(names(), testing::ElementsAre(fetched.file->name));
  EXPECT_EQ(room_.used(), used);
}

TEST_F(LogFetcherTest, WhatWasDeliveredMakesRoomTheOldestFirst) {
  room_.set_limit(2'500'000);
  for (int log = 1; log <= 4; ++log)
    master_->write(log, 20'000);
  std::vector<std::string> files;
  for (int log = 1; log <= 3; ++log) {
    auto fetched = fetch(wanted(log)).value();
    files.push_back(fetched.file->name);
    deliver(*fetched.file, std::to_string(log), log == 1 ? DeliveryState::dead : DeliveryState::delivered);
  }
  ASSERT_TRUE(test::run(io_, room_.tidy()));
  EXPECT_THAT(names(), SizeIs(3)) << "as long as there is room they stay";
  const auto fourth = fetch(wanted(4)).value();
  EXPECT_THAT(names(), testing::UnorderedElementsAre(files[0], files[2], fourth.file->name));
  // The file is gone, so it is fetched again.
  const auto again = fetch(wanted(2)).value();
  EXPECT_NE(again.file->name, files[1]);
}

TEST_F(LogFetcherTest, WhatNobodyNeedsGoes) {
  for (int log = 1; log <= 5; ++log)
    master_->write(log, 2'000);
  std::vector<std::string> files;
  const std::vector<DeliveryState> states{DeliveryState::waiting, DeliveryState::dead,
                                          DeliveryState::delivered, DeliveryState::dropped};
  for (int log = 1; log <= 4; ++log) {
    auto fetched = fetch(wanted(log)).value();
    files.push_back(fetched.file->name);
    deliver(*fetched.file, std::to_string(log), states[static_cast<std::size_t>(log - 1)]);
  }
  auto held = fetch(wanted(5)).value();
  ASSERT_TRUE(test::run(io_, room_.tidy()));
  EXPECT_THAT(names(), testing::UnorderedElementsAre(files[0], files[1], files[2], held.file->name));
  held.file.reset();
  ASSERT_TRUE(test::run(io_, room_.tidy()));
  EXPECT_THAT(names(), testing::UnorderedElementsAre(files[0], files[1], files[2]));
  EXPECT_EQ(room_.files(), 3U);
}

TEST_F(LogFetcherTest, AnotherProcessKnowsWhatIsThere) {
  master_->write(1, 2'000);
  auto fetched = fetch(wanted(1)).value();
  deliver(*fetched.file, "1", DeliveryState::waiting);
  SpoolRoom room(spool_, *store_, log_);
  ASSERT_TRUE(test::run(io_, room.tidy()));
  EXPECT_EQ(room.used(), fetched.file->size);
  EXPECT_THAT(names(), SizeIs(1));
}

}  // namespace
}  // namespace carillon::pipeline
