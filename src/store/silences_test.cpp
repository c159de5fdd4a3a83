// What every store promises of silences.
#include "model/build_name.hpp"
#include "store/store_kinds_fixture.hpp"

namespace carillon::store {
namespace {

class SilencesKept : public StoreTest {
 protected:
  static Silence silence(std::string builder = "linux*") {
    Silence made;
    made.builder = std::move(builder);
    made.result = "failure";
    made.from = 100;
    made.until = 200;
    made.why = "moving the disk";
    made.who = "alice";
    made.statuses = true;
    made.summary = true;
    made.created = 99;
    return made;
  }
  static NewEvent silenced(NewEvent event, RowId by, const std::string& reporter = "mail") {
    event.decisions.push_back({reporter, {Decision::Outcome::silenced, "silence", by}});
    return event;
  }
  std::vector<Silence> all() { return run(io_, store_->silences()).value(); }
  void close_one(RowId id, std::vector<std::string> reporters = {"mail", "irc"}) {
    ASSERT_TRUE(run(io_, store_->close_silence(id, std::move(reporters), 300)));
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, SilencesKept, testing::ValuesIn(store_kinds()),
                         [](const auto& info) { return info.param.name; });

TEST_P(SilencesKept, OneIsAsItWasMadeAfterARestart) {
  const RowId id = ledger()->add_silence(silence());
  reopen();
  ASSERT_EQ(all().size(), 1U);
  const Silence kept = all().front();
  EXPECT_EQ(kept.id, id);
  EXPECT_EQ(kept.builder, "linux*");
  EXPECT_EQ(kept.result, "failure");
  EXPECT_EQ(kept.from, 100);
  EXPECT_EQ(kept.until, 200);
  EXPECT_EQ(kept.why, "moving the disk");
  EXPECT_EQ(kept.who, "alice");
  EXPECT_TRUE(kept.statuses);
  EXPECT_TRUE(kept.summary);
  EXPECT_EQ(kept.created, 99);
  EXPECT_FALSE(kept.closed);
  EXPECT_EQ(ledger()->kept_silence(id)->silence.why, "moving the disk");
  EXPECT_FALSE(ledger()->kept_silence(id + 1));
}

TEST_P(SilencesKept, WhatIsChangedBesideTheServerWakesIt) {
  ASSERT_TRUE(run(io_, store_->deliveries()));
  bool woken = false;
  asio::co_spawn(io_, store_->silences_changed(test::patience),
                 [&](const std::exception_ptr&, Result<void>) { woken = true; });
  ledger()->add_silence(silence());
  ASSERT_TRUE(run(io_, store_->look()));
  EXPECT_TRUE(test::run_until(io_, [&] { return woken; }));
}

TEST_P(SilencesKept, APersonEndsOneOnce) {
  const auto people = ledger();
  const RowId id = people->add_silence(silence());
  EXPECT_EQ(people->end_silence(id, 150, "bob"), "");
  EXPECT_EQ(people->kept_silence(id)->silence.until, 150);
  EXPECT_EQ(people->kept_silence(id)->silence.ended_by, "bob");
  EXPECT_EQ(people->end_silence(id, 160, "bob"), "silence 1 has ended already");
  EXPECT_EQ(people->end_silence(77, 160, "bob"), "there is no silence 77");
  const RowId coming = people->add_silence(silence());
  EXPECT_EQ(people->end_silence(coming, 50, "bob"), "");
  EXPECT_EQ(people->kept_silence(coming)->silence.from, 50) << "it never begins";
}

TEST_P(SilencesKept, WhatIsHeldBackIsCountedWithItsEvent) {
  const RowId id = ledger()->add_silence(silence());
  const auto accepted = accept({silenced(silenced(build_event(1, Results::failure), id), id, "irc"),
                                silenced(build_event(2, Results::failure), id)});
  EXPECT_TRUE(accepted[0].notifications.empty());
  accept({silenced(build_event(2, Results::failure), id)});  // known
  const auto kept = ledger()->kept_silence(id).value();
  ASSERT_EQ(kept.held.size(), 2U);
  EXPECT_EQ(kept.held[0].reporter, "irc");
  EXPECT_EQ(kept.held[0].count, 1U);
  EXPECT_EQ(kept.held[1].reporter, "mail");
  EXPECT_EQ(kept.held[1].source, "ci");
  EXPECT_EQ(kept.held[1].builder, "linux");
  EXPECT_EQ(kept.held[1].count, 2U);
  EXPECT_EQ(kept.held[1].event, 2);
  EXPECT_EQ(kept.count(), 3U);
  const auto of = [&](const char* reporter, const char* builder) {
    return run(io_, store_->held_back(id, reporter, "ci", builder)).value();
  };
  ASSERT_TRUE(of("mail", "linux"));
  EXPECT_EQ(of("mail", "linux")->count, 2U);
  EXPECT_EQ(of("mail", "linux")->event, 2);
  EXPECT_FALSE(of("mail", "mac"));
  EXPECT_FALSE(of("chat", "linux"));
  const auto told = ledger()->events_of(parse_build_name("linux/1").value());
  EXPECT_EQ(told.at(0).decisions.at(0).decision.outcome, Decision::Outcome::silenced);
  EXPECT_EQ(told.at(0).decisions.at(0).decision.silence, id);
}

TEST_P(SilencesKept, ADeliveryThatIsHeldBackIsCountedOnce) {
  const RowId id = ledger()->add_silence(silence());
  const Notification open = accept_one();
  Delivery held = delivery("a");
  held.skip = true;
  held.silence = id;
  compose(open, {held, delivery("b")});
  EXPECT_EQ(ledger()->kept_silence(id)->count(), 1U);
  EXPECT_EQ(ledger()->kept_silence(id)->held.at(0).builder, "linux");
}

TEST_P(SilencesKept, ItsEndOrdersOneSummaryForEachReporterThatWasHeldBack) {
  const RowId id = ledger()->add_silence(silence());
  accept({silenced(silenced(build_event(1, Results::failure), id), id, "gone")});
  close_one(id);
  close_one(id);
  const auto work = run(io_, store_->notifications())->notifications;
  ASSERT_EQ(work.size(), 1U);
  EXPECT_EQ(work[0].reporter, "mail");
  EXPECT_EQ(work[0].event->key, "silences/" + std::to_string(id) + "/over");
  EXPECT_EQ(work[0].event->source, "");
  const json::object& body = work[0].event->body;
  EXPECT_EQ(string_at(body, "why"), "moving the disk");
  EXPECT_EQ(body.at("held"), json::parse(R"({"mail": [{"source": "ci", "builder": "linux", "count": 1,
                                            "event": 1}]})"));
  EXPECT_TRUE(all().front().closed);
  EXPECT_EQ(ledger()->sources(), std::vector<std::string>{"ci"}) << "nobody's source";
  reopen();
  close_one(id);
  EXPECT_EQ(open_ones().size(), 1U);
}

TEST_P(SilencesKept, ItsEndSaysNothingWhereNobodyAskedOrNothingWasHeldBack) {
  Silence quiet = silence();
  quiet.summary = false;
  const RowId first = ledger()->add_silence(quiet);
  const RowId second = ledger()->add_silence(silence());
  accept({silenced(build_event(1, Results::failure), first)});
  close_one(first);
  close_one(second);
  EXPECT_TRUE(open_ones().empty());
  EXPECT_TRUE(all()[0].closed && all()[1].closed);
}

TEST_P(SilencesKept, OldOnesAreForgottenWithTheirCounts) {
  const RowId old = ledger()->add_silence(silence());
  accept({silenced(build_event(1, Results::failure), old)});
  Silence later = silence();
  later.until = 400;
  const RowId young = ledger()->add_silence(later);
  EXPECT_EQ(run(io_, store_->forget_silences(300)).value(), 0U) << "its end was not noticed yet";
  close_one(old);
  EXPECT_EQ(run(io_, store_->forget_silences(300)).value(), 1U);
  ASSERT_EQ(ledger()->kept_silences().size(), 1U);
  EXPECT_EQ(ledger()->kept_silences().at(0).silence.id, young);
  EXPECT_GT(ledger()->add_silence(silence()), young) << "a number is used once";
}

TEST_P(SilencesKept, WhatWasDecidedLatelyIsThereToTryOne) {
  std::vector<NewEvent> events;
  events.push_back(wanted(build_event(1, Results::success), "mail"));
  NewEvent tagged = wanted(build_event(2, Results::failure), "mail");
  Event event = *tagged.event;
  event.body.at("builder").as_object()["tags"] = json::array{"nightly"};
  event.text = std::make_shared<const ObjectText>(event.body);
  tagged.event = std::make_shared<const Event>(std::move(event));
  events.push_back(tagged);
  accept(std::move(events));
  const auto people = ledger();
  const auto all = people->decided_since(0, 10, true);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].kind, EventKind::build_finished);
  EXPECT_EQ(all[0].facts.builder, "linux");
  EXPECT_EQ(all[0].facts.branch, "main");
  EXPECT_EQ(all[0].facts.results, Results::failure);
  EXPECT_EQ(all[0].facts.tags, std::vector<std::string>{"nightly"});
  EXPECT_EQ(all[0].decisions.at(0).reporter, "mail");
  EXPECT_TRUE(all[1].facts.tags.empty());
  EXPECT_EQ(people->decided_since(0, 1, false).size(), 1U);
  EXPECT_TRUE(people->decided_since(6, 10, false).empty()) << "they were heard at 5";
}

}  // namespace
}  // namespace carillon::store
