// People who subscribe: audiences that decide, and digests of what had to wait.
#include "pipeline/fake_process.hpp"

namespace carillon::pipeline {
namespace {

using Outcome = Decision::Outcome;

// Wants what `word` says: "started", "worse" (compares) or "worker".
class FakeAudience final : public rule::Audience {
 public:
  std::string word;
  bool read = true;
  mutable std::vector<std::optional<Results>> seen_previous;

  Decision decide(EventKind kind, std::string_view, const BuildFacts& build,
                  std::optional<Results> previous) const override {
    bool wanted = false;
    if (word == "started") wanted = kind == EventKind::build_started;
    if (word == "worker") wanted = kind == EventKind::worker_missing || kind == EventKind::worker_back;
    if (word == "worse" && kind == EventKind::build_finished) {
      seen_previous.push_back(previous);
      wanted = previous && build.results && *build.results > *previous;
    }
    return {wanted ? Outcome::report : Outcome::ignore, wanted ? word : "nobody is subscribed to it"};
  }
  bool compares() const override { return word == "worse"; }
  bool ready() const override { return read; }
};

class AudienceTest : public PipelineTest {
 protected:
  AudienceTest() { roster_->entries.front().rule.audience = audience_; }

  static Event worker_event(const std::string& what) {
    Event event;
    event.source = "ci";
    event.key = "workers/2/" + what;
    event.occurrence = "1700000000";
    event.body = json::object{{"workerid", 2}, {"name", "w2"}};
    return event;
  }

  // As a bot: it reads who subscribed a moment after the process has begun.
  Process& start_and_read_soon() {
    audience_->read = false;
    audience_->word = "";
    Process& process = start();
    reading_ = std::make_unique<asio::steady_timer>(process.io, std::chrono::milliseconds(20));
    reading_->async_wait([&](const boost::system::error_code& error) {
      if (error) return;
      EXPECT_TRUE(reporter_->notifications.empty());
      audience_->word = "started";
      audience_->read = true;
    });
    return process;
  }

  std::shared_ptr<FakeAudience> audience_ = std::make_shared<FakeAudience>();
  std::unique_ptr<asio::steady_timer> reading_;
};

TEST_F(AudienceTest, DecidesAndMayChangeItsMind) {
  Process& process = start();
  process.accept(build_event(1, Results::success, "linux", false));
  ASSERT_TRUE(process.settle_all());
  EXPECT_TRUE(reporter_->sent.empty()) << "the rule would want it, the audience does not";
  audience_->word = "started";
  process.accept(build_event(2, Results::success, "linux", false));
  process.accept(build_event(2, Results::success));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(reporter_->sent_keys(), std::vector<std::string>{"r:ci/builds/linux2/new"});
}

TEST_F(AudienceTest, NothingIsDecidedWhileItIsNotRead) {
  Process& process = start_and_read_soon();
  process.accept(build_event(1, Results::success, "linux", false));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(reporter_->sent_keys(), std::vector<std::string>{"r:ci/builds/linux1/new"});
}

TEST_F(AudienceTest, NothingIsWordedWhileItIsNotRead) {
  audience_->word = "started";
  Process& first = start();
  first.composer.stop();
  first.accept(build_event(1, Results::success, "linux", false));
  Process& second = start_and_read_soon();
  second.recover();
  ASSERT_TRUE(second.settle_all());
  EXPECT_EQ(reporter_->sent_keys(), std::vector<std::string>{"r:ci/builds/linux1/new"});
}

TEST_F(AudienceTest, ComparesWithTheBuildBefore) {
  audience_->word = "worse";
  Process& process = start();
  process.accept(build_event(1, Results::success));
  process.accept(build_event(2, Results::failure));
  process.accept(build_event(3, Results::failure));
  ASSERT_TRUE(process.settle_all());
  EXPECT_EQ(reporter_->sent_keys(), std::vector<std::string>{"r:ci/builds/linux2/finished"});
  EXPECT_EQ(audience_->seen_previous,
            (std::vector<std::optional<Results>>{std::nullopt, Results::success, Results::failure}));
}

TEST_F(AudienceTest, HearsOfWorkersThatGoAndComeBack) {
  audience_->word = "worker";
  auto mail = std::make_shared<FakeReporter>();
  rule::Rule watching;
  watching.workers.all = true;
  add("mail", watching, mail);
  Process& process = start();
  EXPECT_TRUE(process.intake.wants(EventKind::worker_back));
  process.accept(worker_event("missing"));
  process.accept(worker_event("connected"));
  EXPECT_TRUE(process.accept(worker_event("connected"))->duplicate.at(0));
  ASSERT_TRUE(process.settle_all());
  ASSERT_EQ(reporter_->notifications.size(), 2U);
  EXPECT_EQ(reporter_->notifications[1].kind, EventKind::worker_back);
  EXPECT_EQ(reporter_->notifications[1].worker.at("name"), "w2");
  EXPECT_EQ(mail->notifications.size(), 1U) << "others hear of the missing one only";
}

TEST_F(AudienceTest, WithoutOneNobodyAsksForReturningWorkers) {
  roster_->entries.front().rule.audience = nullptr;
  EXPECT_FALSE(start().intake.wants(EventKind::worker_back));
}

class DigestTest : public PipelineTest {
 protected:
  DigestTest() { reporter_->after = 60'000; }

  void restart_after(Millis time) {
    clock_.advance(time);
    reporter_->sent.clear();
    start().recover();
  }
};

TEST_F(DigestTest, WhatWaitedLongGoesOutAsOne) {
  reporter_->answers.assign(50, unreachable("down"));
  Process& first = start();
  for (int number = 1; number <= 3; ++number)
    first.accept(build_event(number, Results::success));
  ASSERT_TRUE(first.settle_all());
  reporter_->answers.clear();
  restart_after(3'600'000);
  ASSERT_TRUE(run_until(process_->io, [&] { return !reporter_->sent.empty(); }));
  ASSERT_TRUE(process_->settle_all());
  ASSERT_EQ(reporter_->sent.size(), 1U);
  EXPECT_EQ(reporter_->sent[0].payload,
            "ci/builds/linux1/finished+ci/builds/linux2/finished+ci/builds/linux3/finished");
  const auto rows = ledger()->deliveries({});
  ASSERT_EQ(rows.size(), 3U);
  for (const auto& row : rows) {
    EXPECT_EQ(row.state, DeliveryState::delivered);
    EXPECT_EQ(row.answer, "in a digest of 3: ok");
  }
  // The lane is free again.
  process_->accept(build_event(4, Results::success));
  ASSERT_TRUE(process_->settle_all());
  EXPECT_EQ(reporter_->sent.back().key, "r:ci/builds/linux4/finished");
}

TEST_F(DigestTest, ADigestThatDoesNotArriveLosesNothing) {
  reporter_->answers.assign(50, unreachable("down"));
  Process& first = start();
  for (int number = 1; number <= 3; ++number)
    first.accept(build_event(number, Results::success));
  ASSERT_TRUE(first.settle_all());
  reporter_->answers = {unreachable("still down")};
  restart_after(3'600'000);
  ASSERT_TRUE(run_until(process_->io, [&] { return reporter_->sent.size() == 1; }));
  ASSERT_TRUE(process_->settle_all());
  const std::string lost = reporter_->sent[0].payload;
  EXPECT_EQ(states(), std::vector<DeliveryState>(3, DeliveryState::waiting));
  restart_after(3'600'000);
  ASSERT_TRUE(run_until(process_->io, [&] { return reporter_->sent.size() == 1; }));
  ASSERT_TRUE(process_->settle_all());
  EXPECT_EQ(reporter_->sent[0].payload, lost) << "all three again";
  EXPECT_EQ(states(), std::vector<DeliveryState>(3, DeliveryState::delivered));
}

TEST_F(DigestTest, WhatIsYoungGoesOutOneByOne) {
  reporter_->answers.assign(50, unreachable("down"));
  Process& first = start();
  for (int number = 1; number <= 3; ++number)
    first.accept(build_event(number, Results::success));
  ASSERT_TRUE(first.settle_all());
  reporter_->answers.clear();
  restart_after(30'000);
  ASSERT_TRUE(run_until(process_->io, [&] { return reporter_->sent.size() == 3; }));
  EXPECT_EQ(reporter_->sent[2].key, "r:ci/builds/linux3/finished");
}

}  // namespace
}  // namespace carillon::pipeline
