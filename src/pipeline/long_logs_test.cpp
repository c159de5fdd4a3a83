// Long logs on the whole way: fetched, stored, kept until the delivery is settled, over restarts.
#include <gmock/gmock.h>

#include "fakes/long_log.hpp"
#include "pipeline/fake_process.hpp"

namespace carillon::pipeline {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class LongLogsTest : public PipelineTest {
 protected:
  LongLogsTest() {
    reporter_->needed.properties = false;
    reporter_->needed.sent = {reporter::LogChoice{false, {"make.stdio"}}, 1 << 30, true};
    reporter_->change = [this](Delivery& delivery) {
      for (const auto& [id, file] : reporter_->notifications.back().logs)
        delivery.files.push_back({file.name, file.size, file.escaped, 3, 0, "make.stdio"});
      reporter_->notifications.clear();  // they hold the files
    };
    master_->write(8, 10'000);
    master_->documents["builds/7/steps"] = R"({"steps": [{"stepid": 4, "name": "make"}]})";
    master_->documents["steps/4/logs"] =
        R"({"logs": [{"logid": 8, "name": "stdio", "num_lines": 10000, "type": "s"}, {"logid": 9, "name": "other"}]})";
  }

  Process& begin() {
    Process& process = start();
    process.source = master_;
    return process;
  }
  static Event event() {
    Event made = build_event(7, Results::failure);
    made.body["buildid"] = 7;
    return made;
  }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    const auto entries = run(process_->io, process_->spool.entries()).value();
    for (const auto& entry : entries)
      all.push_back(entry.name);
    return all;
  }
  void tidy() { ASSERT_TRUE(run(process_->io, process_->room.tidy())); }

  std::shared_ptr<test::LogMaster> master_ = std::make_shared<test::LogMaster>();
};

TEST_F(LongLogsTest, AFileIsThereAtEveryAttemptAndAfterARestart) {
  reporter_->answers.emplace_back(unreachable("down"));
  Process& first = begin();
  ASSERT_TRUE(first.accept(event()));
  ASSERT_TRUE(first.settle_all());
  ASSERT_THAT(reporter_->sent, SizeIs(1));
  const auto files = reporter_->sent.back().files;
  ASSERT_THAT(files, SizeIs(1));
  tidy();
  EXPECT_THAT(names(), SizeIs(1)) << "it waits";

  Process& second = begin();
  tidy();
  EXPECT_THAT(names(), SizeIs(1));
  clock_.advance(3'600'000);
  second.recover();
  ASSERT_TRUE(run_until(second.io, [&] { return reporter_->sent.size() == 2; }));
  ASSERT_TRUE(second.settle_all());
  EXPECT_EQ(reporter_->sent.back().files, files);
  const auto file = run(second.io, second.spool.open(files[0].name, files[0].size)).value();
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(run(second.io, file->read(0, 10)).value(), "0 xxxxxxxx");
  tidy();
  EXPECT_THAT(names(), SizeIs(1)) << "delivered ones stay as long as there is room";
  EXPECT_EQ(states(), std::vector<DeliveryState>{DeliveryState::delivered});
}

TEST_F(LongLogsTest, WhatWasFetchedAndNotStoredIsAnOrphan) {
  reporter_->cannot = [](const reporter::Details&) { return true; };
  Process& killed = begin();
  ASSERT_TRUE(killed.accept(event()));
  ASSERT_TRUE(run_until(killed.io, [&] { return !reporter_->notifications.empty(); }));
  tidy();
  EXPECT_THAT(names(), SizeIs(1)) << "the order holds it";
  process_.reset();
  reporter_->notifications.clear();
  roster_->entries.clear();  // nobody words it anew
  begin();
  tidy();
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(LongLogsTest, SeveralReportersFetchItOnce) {
  const auto other = std::make_shared<FakeReporter>();
  other->needed = reporter_->needed;
  add("other", every_build(), other);
  Process& process = begin();
  ASSERT_TRUE(process.accept(event()));
  ASSERT_TRUE(process.settle_all());
  ASSERT_THAT(reporter_->sent, SizeIs(1));
  ASSERT_THAT(other->notifications, SizeIs(1));
  EXPECT_EQ(other->notifications[0].logs.at(8).name, reporter_->sent[0].files[0].name);
  EXPECT_THAT(names(), SizeIs(1));
}

TEST_F(LongLogsTest, FewAreUnderWayAtOnceAndShortOnesDoNotWaitForThem) {
  constexpr std::size_t long_ones = 12;
  reporter_->needed = {};
  reporter_->change = [this](Delivery& delivery) {
    if (delivery.lane != "short") delivery.files.push_back({"made-up", 10, 10, 3, 0, "make.stdio"});
    reporter_->notifications.clear();
  };
  bool hangs = true;
  int hanging = 0;
  reporter_->before_sending = [&](const Delivery& delivery) -> asio::awaitable<void> {
    if (delivery.files.empty()) co_return;
    ++hanging;
    while (hangs)
      co_await sleep_for(std::chrono::milliseconds(1));
  };
  Process& process = begin();
  for (int number = 1; number <= static_cast<int>(long_ones); ++number)
    ASSERT_TRUE(process.accept(build_event(number, Results::success, "long" + std::to_string(number))));
  ASSERT_TRUE(run_until(process.io, [&] { return process.courier.in_flight() == 2 && hanging == 2; }));
  ASSERT_TRUE(process.accept(build_event(1, Results::success, "short")));
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 1; }));
  EXPECT_EQ(reporter_->sent[0].lane, "short");
  EXPECT_EQ(hanging, 2);
  ASSERT_TRUE(run_until(process.io, [&] { return process.courier.waiting("r") == long_ones; }));
  hangs = false;
  ASSERT_TRUE(run_until(process.io, [&] { return reporter_->sent.size() == 1 + long_ones; }));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(process.courier.waiting("r"), 0U);
  const auto first_attempt = [](const Delivery& delivery) { return !delivery.maybe_sent; };
  EXPECT_TRUE(std::ranges::all_of(reporter_->sent, first_attempt));
}

TEST_F(LongLogsTest, WhatIsDroppedWhileItWaitsForItsTurnIsPassedOver) {
  reporter_->needed = {};
  reporter_->change = [](Delivery& delivery) {
    delivery.files.push_back({"made-up", 10, 10, 3, 0, "make.stdio"});
  };
  bool hangs = true;
  reporter_->before_answer = [&]() -> asio::awaitable<void> {
    while (hangs)
      co_await sleep_for(std::chrono::milliseconds(1));
  };
  Process& process = begin();
  for (int number = 1; number <= 4; ++number)
    ASSERT_TRUE(process.accept(build_event(number, Results::success, "long" + std::to_string(number))));
  ASSERT_TRUE(
      run_until(process.io, [&] { return reporter_->under_way == 2 && process.composer.pending() == 0; }));
  EXPECT_EQ(ledger()->drop(3, clock_.now()), "");
  ASSERT_TRUE(run(process.io, process.store->look()));
  ASSERT_TRUE(run_until(process.io, [&] { return process.store->pending() == 0; }));
  hangs = false;
  ASSERT_TRUE(run_until(process.io, [&] { return process.courier.waiting("r") == 0; }));
  EXPECT_EQ(reporter_->sent.size(), 3U);
}

TEST_F(LongLogsTest, AMasterThatIsAwayInTheMiddleIsAskedAgain) {
  master_->breaks = 1;
  Process& process = begin();
  ASSERT_TRUE(process.accept(event()));
  ASSERT_TRUE(run_until(process.io, [&] { return !master_->asked.empty(); }));
  EXPECT_THAT(names(), IsEmpty());
  master_->breaks.reset();
  ASSERT_TRUE(process.settle_all());
  EXPECT_THAT(reporter_->sent.at(0).files, SizeIs(1));
}

}  // namespace
}  // namespace carillon::pipeline
