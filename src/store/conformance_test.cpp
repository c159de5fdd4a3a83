// What every store promises.
#include "model/build_name.hpp"
#include "store/sqlite/open_work.hpp"
#include "store/store_fixture.hpp"
#include "store/store_kinds_fixture.hpp"

namespace carillon::store {
namespace {

class Conformance : public StoreTest {};

INSTANTIATE_TEST_SUITE_P(Stores, Conformance, testing::ValuesIn(store_kinds()),
                         [](const auto& info) { return info.param.name; });

TEST_P(Conformance, TheSameEventTwiceIsOneEvent) {
  const Notification notification = accept_one();
  EXPECT_GT(notification.id, 0);
  std::vector<NewEvent> again;
  again.push_back(wanted(build_event(1, Results::failure), "mail"));
  again.push_back(wanted(build_event(2, Results::failure), "mail"));
  const auto accepted = accept(std::move(again));
  EXPECT_TRUE(accepted[0].duplicate);
  EXPECT_TRUE(accepted[0].notifications.empty());
  EXPECT_FALSE(accepted[1].duplicate);
}

TEST_P(Conformance, NotificationsSurviveARestartUntilTheyAreComposed) {
  const Notification notification = accept_one();
  reopen();
  const auto open = open_ones();
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].id, notification.id);
  EXPECT_EQ(open[0].reporter, "mail");
  EXPECT_EQ(open[0].event->key, "builds/1/finished");
  EXPECT_EQ(facts_of(open[0].event->body).builder, "linux");
  compose(notification, {});
  EXPECT_TRUE(open_ones().empty());
}

TEST_P(Conformance, CursorIsKeptWithItsEvents) {
  EXPECT_TRUE(run(io_, store_->cursor("ci")).value().is_null());
  accept({}, json::parse(R"({"builds": 7})"));
  accept({}, nullptr);
  reopen();
  EXPECT_EQ(run(io_, store_->cursor("ci")).value(), json::parse(R"({"builds": 7})"));
}

TEST_P(Conformance, PreviousSkipsRetriesAndLaterBuilds) {
  std::vector<NewEvent> events;
  events.push_back(build_event(1, Results::success));
  events.push_back(build_event(2, Results::failure, "dev"));
  events.push_back(build_event(3, Results::retry));
  events.push_back(build_event(5, Results::warnings));
  events.push_back(build_event(4, Results::success, "main", false));
  accept(std::move(events));
  const auto previous = [&](std::int64_t before, std::optional<std::string> branch = {}) {
    return run(io_, store_->previous("ci", "linux", std::move(branch), {before})).value();
  };
  EXPECT_EQ(previous(4)->results, Results::failure);
  EXPECT_EQ(previous(4)->run.number, 2);
  EXPECT_EQ(previous(4, "main")->run.number, 1);
  EXPECT_EQ(previous(100)->results, Results::warnings);
  EXPECT_EQ(previous(1), std::nullopt);
  EXPECT_EQ(run(io_, store_->previous("other", "linux", {}, {9})).value(), std::nullopt);
}

TEST_P(Conformance, PreviousIsByNumberAndAttempt) {
  std::vector<NewEvent> events;
  events.push_back(tried_again(42, 3, Results::warnings));  // ended before the others, or was heard so
  events.push_back(build_event(42, Results::failure));
  events.push_back(tried_again(42, 2, Results::success, "dev"));
  events.push_back(tried_again(42, 4, Results::retry));
  events.push_back(build_event(41, Results::skipped));
  accept(std::move(events));
  using Found = std::optional<std::pair<RunNumber, Results>>;
  const auto previous = [&](RunNumber before, std::optional<std::string> branch = {}) -> Found {
    const auto found = run(io_, store_->previous("ci", "linux", std::move(branch), before)).value();
    if (!found) return std::nullopt;
    return std::pair(found->run, found->results);
  };
  const auto look = [&] {
    EXPECT_EQ(previous({43, 1}), (std::pair(RunNumber{42, 3}, Results::warnings)));
    EXPECT_EQ(previous({42, 3}), (std::pair(RunNumber{42, 2}, Results::success)));
    EXPECT_EQ(previous({42, 2}), (std::pair(RunNumber{42, 1}, Results::failure)));
    EXPECT_EQ(previous({42, 1}), (std::pair(RunNumber{41, 1}, Results::skipped)));
    EXPECT_EQ(previous({43, 1}, "main"), (std::pair(RunNumber{42, 3}, Results::warnings)));
    EXPECT_EQ(previous({42, 3}, "main"), (std::pair(RunNumber{42, 1}, Results::failure)));
    EXPECT_EQ(previous(after_all_runs, "dev"), (std::pair(RunNumber{42, 2}, Results::success)));
    EXPECT_EQ(previous({42, 2}, "dev"), std::nullopt);
  };
  look();
  reopen();
  look();
}

TEST_P(Conformance, BuildsAreTheNewestFirstByNumberAndAttempt) {
  std::vector<NewEvent> events;
  events.push_back(tried_again(42, 2, Results::success));
  events.push_back(build_event(43, Results::success));
  events.push_back(build_event(42, Results::failure));
  accept(std::move(events));
  const auto found = [&](std::optional<std::int64_t> number) {
    BuildsQuery query;
    query.builder = "linux";
    query.number = number;
    std::vector<RunNumber> runs;
    const auto builds = run(io_, store_->builds("ci", query)).value();
    for (const KnownBuild& one : builds)
      runs.push_back(facts_of(one.event.body).run());
    return runs;
  };
  EXPECT_EQ(found({}), (std::vector<RunNumber>{{43, 1}, {42, 2}, {42, 1}}));
  EXPECT_EQ(found(42), (std::vector<RunNumber>{{42, 2}, {42, 1}}));
}

TEST_P(Conformance, PreviousIsOfTheMastersNewestLife) {
  std::vector<NewEvent> events;
  events.push_back(build_event(4, Results::success));
  NewEvent again = build_event(4, Results::failure);
  Event other = *again.event;
  other.occurrence = "second life";
  again.event = std::make_shared<const Event>(std::move(other));
  events.push_back(std::move(again));
  accept(std::move(events));
  EXPECT_EQ(run(io_, store_->previous("ci", "linux", {}, {5})).value()->results, Results::failure);
}

TEST_P(Conformance, BuildsetKnowsItsFinishedBuildsAndTheirDecisions) {
  std::vector<NewEvent> events;
  events.push_back(wanted(build_event(1, Results::success), "mail", Decision::Outcome::summary));
  events.push_back(build_event(2, Results::success, "main", false));
  accept(std::move(events));
  EXPECT_TRUE(run(io_, store_->buildset("ci", 3, "another life")).value().empty());
  const auto builds = run(io_, store_->buildset("ci", 3, "")).value();
  ASSERT_EQ(builds.size(), 1U);
  EXPECT_EQ(builds[0].decisions.at(0).decision.outcome, Decision::Outcome::summary);
}

TEST_P(Conformance, FilesOfDeliveriesAreKnownAndWhoNeedsThem) {
  Delivery made = delivery("k");
  made.files = {{"b", 100, 120, 5, 0, "make.b"}, {"a", 200, 200, 2, 50, "make.a"}};
  const RowId id = compose(accept_one(), {made}).front().id;
  Delivery other = delivery("other");
  other.files = {{"a", 200, 200, 1, 0, "make.a"}};
  const RowId other_id = compose(accept_one(2), {other}).front().id;
  EXPECT_EQ(load(id).delivery.files, made.files) << "in their order";
  EXPECT_TRUE(load(compose(accept_one(3), {delivery("third")}).front().id).delivery.files.empty());
  const auto uses = [this] {
    std::string text;
    const auto found = run(io_, store_->file_uses({"a", "b", "c"})).value();
    for (const FileUse& use : found) {
      text += use.needed      ? "needed "
              : use.delivered ? "delivered at " + std::to_string(*use.delivered) + " "
                              : "free ";
    }
    return text;
  };
  EXPECT_EQ(uses(), "needed needed free ");
  const auto settle_at = [this](RowId row, DeliveryState state, Millis at) {
    Settlement end;
    end.state = state;
    end.at = at;
    ASSERT_TRUE(run(io_, store_->settle(row, end)));
  };
  settle_at(id, DeliveryState::delivered, 70);
  EXPECT_EQ(uses(), "needed delivered at 70 free ");
  settle_at(other_id, DeliveryState::delivered, 90);
  EXPECT_EQ(uses(), "delivered at 90 delivered at 70 free ");
  ASSERT_EQ(ledger()->resend(id, 95), "");
  settle_at(id, DeliveryState::dead, 100);
  EXPECT_EQ(uses(), "needed needed free ");
  {
    const auto people = ledger();
    EXPECT_EQ(people->delivery(id)->files, made.files);
    EXPECT_EQ(people->stored(id)->delivery.payload, made.payload);
    EXPECT_EQ(people->stored(id)->delivery.files, made.files);
    EXPECT_FALSE(people->stored(id + 1000));
    EXPECT_EQ(people->drop(id, 110), "");
  }
  EXPECT_EQ(uses(), "delivered at 90 free free ");
  PruneStep step;
  step.before = 1'000'000;
  for (Pruned done; !done.over; step = done.next)
    done = run(io_, store_->prune(step)).value();
  EXPECT_EQ(uses(), "free free free ");
}

TEST_P(Conformance, ManyAreReadAtATime) {
  std::vector<Delivery> all;
  for (const char* key : {"a", "b", "long", "files", "c"}) {
    all.push_back(delivery(key));
    all.back().payload = std::string("pay\0load of ", 12) + key;
  }
  all[2].payload.append(1'000'000, 'x');
  all[3].files = {{"b", 100, 120, 5, 0, "make.b"}, {"a", 200, 200, 2, 50, "make.a"}};
  const auto composed = compose(accept_one(), all);
  std::vector<RowId> ids;
  for (const ComposedDelivery& one : composed)
    ids.push_back(one.id);
  ids.push_back(ids.front() + 1000);  // there is none
  ids.push_back(ids.front());         // it is read twice
  std::vector<std::optional<StoredDelivery>> read(ids.size());
  std::size_t done = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    asio::co_spawn(
        io_,
        [&, i]() -> asio::awaitable<void> {
          read[i] = (co_await store_->load(ids[i])).value();
          ++done;
        },
        or_end);
  }
  ASSERT_TRUE(test::run_until(io_, [&] { return done == ids.size(); }));
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_TRUE(read[i]) << all[i].key;
    EXPECT_EQ(read[i]->id, ids[i]);
    EXPECT_EQ(read[i]->delivery.key, all[i].key);
    EXPECT_EQ(read[i]->delivery.payload, all[i].payload) << all[i].key;
    EXPECT_EQ(read[i]->delivery.files, all[i].files) << all[i].key;
    EXPECT_EQ(read[i]->heard, read[0]->heard);
  }
  EXPECT_FALSE(read[5]);
  ASSERT_TRUE(read[6]);
  EXPECT_EQ(read[6]->delivery.payload, all[0].payload);
}

TEST_P(Conformance, ADeliveryIsStoredOnceWithItsPayload) {
  const Notification notification = accept_one();
  const auto composed = compose(notification, {delivery("k")});
  ASSERT_TRUE(composed.at(0).waiting);
  EXPECT_FALSE(compose(accept_one(2), {delivery("k")}).at(0).waiting);
  EXPECT_TRUE(compose(notification, {delivery("other")}).empty()) << "the order is closed";
  const StoredDelivery stored = load(composed[0].id);
  EXPECT_EQ(stored.delivery.payload, std::string("pay\0load", 8));
  EXPECT_EQ(stored.state, DeliveryState::waiting);
  reopen();
  const auto waiting = StoreTest::waiting();
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].reporter, "mail");
  EXPECT_EQ(waiting[0].lane, "lane");
}

TEST_P(Conformance, ALaterStateSupersedesAWaitingEarlierOne) {
  const auto pending = compose(accept_one(1), {delivery("pending", "sha/ci", 1)}).at(0);
  const auto final = compose(accept_one(2), {delivery("final", "sha/ci", 2)}).at(0);
  EXPECT_EQ(final.superseded, std::vector<RowId>{pending.id});
  EXPECT_EQ(load(pending.id).state, DeliveryState::superseded);
  EXPECT_TRUE(final.waiting);
}

TEST_P(Conformance, ALateEarlierStateIsNeverSent) {
  const auto final = compose(accept_one(1), {delivery("final", "sha/ci", 2)}).at(0);
  settle(final.id, DeliveryState::delivered);
  const auto late = compose(accept_one(2), {delivery("pending", "sha/ci", 1)}).at(0);
  EXPECT_FALSE(late.waiting);
  EXPECT_EQ(load(late.id).state, DeliveryState::superseded);
}

TEST_P(Conformance, ASupersededDeliveryThatFailsStaysSuperseded) {
  const auto pending = compose(accept_one(1), {delivery("pending", "sha/ci", 1)}).at(0);
  compose(accept_one(2), {delivery("final", "sha/ci", 2)});
  settle(pending.id, DeliveryState::waiting);
  EXPECT_EQ(load(pending.id).state, DeliveryState::superseded);
  settle(pending.id, DeliveryState::delivered);
  EXPECT_EQ(load(pending.id).state, DeliveryState::delivered);
}

TEST_P(Conformance, PausesAreKept) {
  Pause pause;
  pause.reporter = "mail";
  pause.until = 77;
  pause.why = "429";
  ASSERT_TRUE(run(io_, store_->set_pause(pause)));
  reopen();
  EXPECT_EQ(run(io_, store_->pauses()).value().at(0).until, 77);
  pause.until = 0;
  ASSERT_TRUE(run(io_, store_->set_pause(pause)));
  EXPECT_TRUE(run(io_, store_->pauses()).value().empty());
}

TEST_P(Conformance, APersonResendsOnlyWhatWasRefused) {
  const auto mail = compose(accept_one(), {delivery("k")}).at(0);
  settle(mail.id, DeliveryState::dead, {"a@example.org", "!b@example.org"});
  ASSERT_EQ(run(io_, store_->deliveries())->waiting.size(), 0U);
  const auto people = ledger();
  EXPECT_EQ(people->resend(mail.id, 100), "");
  const auto resent = run(io_, store_->deliveries()).value();
  EXPECT_EQ(resent.changed, std::vector<RowId>{mail.id});
  ASSERT_EQ(resent.waiting.size(), 1U);
  EXPECT_EQ(resent.waiting[0].id, mail.id);
  EXPECT_EQ(resent.waiting[0].next_at, 100);
  EXPECT_EQ(load(mail.id).state, DeliveryState::waiting);
  EXPECT_EQ(load(mail.id).delivery.settled, std::vector<std::string>{"a@example.org"});
  EXPECT_EQ(people->drop(mail.id, 101), "");
  EXPECT_EQ(load(mail.id).state, DeliveryState::dropped);
  const auto dropped = run(io_, store_->deliveries()).value();
  EXPECT_EQ(dropped.changed, std::vector<RowId>{mail.id});
  EXPECT_TRUE(dropped.waiting.empty());
  EXPECT_NE(people->drop(mail.id, 101), "");
  EXPECT_NE(people->resend(12345, 1), "");
}

TEST_P(Conformance, ANotificationThatIsSetAsideIsDeadUntilAPersonAsksForIt) {
  const Notification notification = accept_one(7);
  const auto aside = run(io_, store_->set_aside(notification.id, "it killed us", 50)).value();
  ASSERT_TRUE(aside);
  EXPECT_EQ(aside->reporter, "mail");
  EXPECT_EQ(aside->event, "ci/builds/7/finished");
  EXPECT_TRUE(open_ones().empty());
  EXPECT_FALSE(run(io_, store_->set_aside(notification.id, "again", 51)).value());
  EXPECT_EQ(load(aside->delivery).state, DeliveryState::dead);
  const auto people = ledger();
  EXPECT_EQ(people->delivery(aside->delivery)->answer, "it killed us");
  EXPECT_EQ(people->resend(aside->delivery, 2000), "");
  EXPECT_EQ(load(aside->delivery).state, DeliveryState::dropped);
  const auto again = replayed_ones();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_NE(again[0].id, notification.id);
  EXPECT_EQ(again[0].reporter, "mail");
  EXPECT_EQ(again[0].event->key, "builds/7/finished");
  EXPECT_NE(people->resend(aside->delivery, 2001), "") << "it is a notification again";
}

TEST_P(Conformance, LargeNotificationsAreReadInSmallParts) {
  for (int number = 1; number <= 5; ++number) {
    NewEvent event = wanted(build_event(number, Results::success), "mail");
    auto large = std::make_shared<Event>(*event.event);
    large->body["log"] = std::string(3'000'000, 'x');
    large->text = std::make_shared<const ObjectText>(large->body);
    event.event = large;
    std::vector<NewEvent> events;
    events.push_back(std::move(event));
    ASSERT_TRUE(run(io_, store_->accept("ci", std::move(events), nullptr, 10)));
  }
  std::vector<std::size_t> sizes;
  for (const auto& part : open_parts())
    sizes.push_back(part.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{3, 2}));
}

TEST_P(Conformance, APersonCannotResendAnOldStateOverANewerOne) {
  const auto pending = compose(accept_one(1), {delivery("pending", "sha/ci", 1)}).at(0);
  compose(accept_one(2), {delivery("final", "sha/ci", 2)});
  const auto people = ledger();
  EXPECT_NE(people->resend(pending.id, 100).find("later state"), std::string::npos);
}

TEST_P(Conformance, LedgerFindsABuildByEveryNameOfIt) {
  accept_one(7);
  const auto people = ledger();
  for (const char* text : {"linux/7", "linux/#7", "linux", "7"}) {
    const auto events = people->events_of(*parse_build_name(text));
    ASSERT_EQ(events.size(), 1U) << text;
    EXPECT_EQ(events[0].open_notifications, std::vector<std::string>{"mail"});
  }
  EXPECT_TRUE(people->events_of(*parse_build_name("linux/8")).empty());
}

// Of two senders that count from 1, each build's own buildset is told of, however its key names the sender.
TEST_P(Conformance, LedgerFindsTheBuildsetOfABuildsSender) {
  const auto posted = [](const std::string& key, json::object body) {
    Event event;
    event.source = "ci";
    event.key = key;
    event.body = std::move(body);
    NewEvent item;
    item.kind = kind_of(key);
    if (is_build(item.kind)) item.facts = facts_of(event.body);
    event.text = std::make_shared<const ObjectText>(event.body);
    item.event = std::make_shared<const Event>(std::move(event));
    return item;
  };
  std::vector<NewEvent> events;
  events.push_back(posted("builds/b/7@one/finished", {{"builder", json::object{{"name", "b"}}},
                                                      {"number", 7},
                                                      {"results", 0},
                                                      {"buildset", json::object{{"bsid", 1}}}}));
  for (const char* key : {"buildsets/1@one/complete", "buildsets/1@two/complete", "buildsets/1/complete",
                          "buildsets/10/complete", "buildsets/1@1700000000/complete"})
    events.push_back(posted(key, {{"bsid", 1}}));
  accept(std::move(events));
  const auto people = ledger();
  std::vector<std::string> keys;
  for (const LedgerEvent& one : people->events_of(*parse_build_name("b/7")))
    keys.push_back(one.event.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"builds/b/7@one/finished", "buildsets/1@one/complete",
                                            "buildsets/1/complete", "buildsets/1@1700000000/complete"}));
}

TEST_P(Conformance, KeepsSmallThingsByOwnerAndName) {
  const auto remembered = [this](auto&& act) {
    reopen();
    act(io_, *store_);
  };
  remembered([](asio::io_context& io, Store& store) {
    ASSERT_TRUE(run(io, store.remember("irc", "ask/#a/ann", "x{}", 10)));
    ASSERT_TRUE(run(io, store.remember("irc", "ask/#a/bob", json::array{1, 2}, 20)));
    ASSERT_TRUE(run(io, store.remember("irc", "ask/#a/ann", "y{}", 30)));
    ASSERT_TRUE(run(io, store.remember("irc", "subscriptions", json::object{}, 1)));
    ASSERT_TRUE(run(io, store.remember("other", "ask/#a/ann", 7, 10)));
  });
  remembered([](asio::io_context& io, Store& store) {
    using Found = std::map<std::string, json::value>;
    EXPECT_EQ(*run(io, store.recall("irc", "ask/")),
              (Found{{"ask/#a/ann", "y{}"}, {"ask/#a/bob", json::array{1, 2}}}));
    ASSERT_TRUE(run(io, store.forget("irc", "ask/", 30)));
    EXPECT_EQ(*run(io, store.recall("irc", "")),
              (Found{{"ask/#a/ann", "y{}"}, {"subscriptions", json::object{}}}));
    ASSERT_TRUE(run(io, store.remember("irc", "ask/#a/ann", nullptr, 40)));
    EXPECT_TRUE(run(io, store.recall("irc", "ask/"))->empty());
    EXPECT_EQ(run(io, store.recall("other", "ask/"))->size(), 1U);
  });
}

TEST_P(Conformance, AStartThatIsHeardAfterItsEndIsKnownAndNotReported) {
  std::vector<NewEvent> events;
  events.push_back(wanted(build_event(1, Results::failure), "r"));
  events.push_back(wanted(build_event(1, Results::failure, "main", false), "r"));
  events.push_back(wanted(build_event(2, Results::failure, "main", false), "r"));
  const auto accepted = accept(std::move(events));
  ASSERT_EQ(accepted.size(), 3U);
  EXPECT_EQ(accepted[0].notifications.size(), 1U);
  EXPECT_FALSE(accepted[1].duplicate);
  EXPECT_TRUE(accepted[1].notifications.empty());
  EXPECT_EQ(accepted[2].notifications.size(), 1U) << "build 2 goes on";
  EXPECT_TRUE(accept({wanted(build_event(1, Results::failure, "main", false), "r")}).front().duplicate);
  const auto people = ledger();
  const auto told = people->events_of(parse_build_name("linux/1").value());
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1].decisions.at(0).decision.reason, "its end was heard before");
  EXPECT_TRUE(told[1].open_notifications.empty());
}

// What happened to something, by its key and occurrence.
NewEvent happened(const char* key, const char* occurrence = "") {
  NewEvent made = wanted(build_event(1, Results::failure), "r");
  Event event = *made.event;
  event.key = key;
  event.occurrence = occurrence;
  made.kind = kind_of(event.key);
  made.event = std::make_shared<const Event>(std::move(event));
  return made;
}

TEST_P(Conformance, ARequestThatIsHeardAfterItsEndIsKnownAndNotReported) {
  accept({happened("buildrequests/13/complete")});
  const auto accepted = accept({happened("buildrequests/13/new"), happened("buildrequests/14/new"),
                                happened("buildrequests/14/complete")});
  EXPECT_TRUE(accepted[0].untold);
  EXPECT_TRUE(accepted[0].notifications.empty());
  EXPECT_FALSE(accepted[1].untold) << "its end comes after it";
  EXPECT_EQ(accepted[1].notifications.size(), 1U);
  EXPECT_EQ(accepted[2].notifications.size(), 1U);
  EXPECT_EQ(run(io_, store_->event(1)).value()->untold, "");
  EXPECT_EQ(run(io_, store_->event(2)).value()->untold, late_start);
}

// An occurrence tells the runs of one key apart: what a CI tries again under its id, what a source that began
// anew counts again.
TEST_P(Conformance, AStartIsLateForTheEndOfItsOwnOccurrence) {
  accept({happened("builds/7/finished", "1700000000"), happened("builds/8/finished")});
  const auto told = [&](const char* key, const char* occurrence) {
    return accept({happened(key, occurrence)}).front().notifications.size();
  };
  EXPECT_EQ(told("builds/7/new", ""), 0U) << "no start of it is another's than that of the known end";
  EXPECT_EQ(told("builds/7/new", "1700000000"), 0U);
  EXPECT_EQ(told("builds/7/new", "1700000001"), 1U) << "begun again";
  EXPECT_EQ(told("builds/7/new", "1600000000"), 1U);
  EXPECT_EQ(told("builds/8/new", "another life"), 1U);
  EXPECT_EQ(told("builds/77/new", ""), 1U);
  EXPECT_EQ(told("builds/7/finished", "1700000001"), 1U) << "an end is never late";
  std::vector<NewEvent> other{happened("builds/7/new")};
  EXPECT_EQ(run(io_, store_->accept("ci", std::move(other), nullptr, 5)).value().front().duplicate, true);
}

TEST_P(Conformance, WhatItsSourceHasUntoldIsKnownAndNotReported) {
  const auto untold = [](NewEvent made, const char* why) {
    Event event = *made.event;
    event.untold = why;
    made.event = std::make_shared<const Event>(std::move(event));
    return made;
  };
  std::vector<NewEvent> events;
  events.push_back(build_event(1, Results::success));
  events.push_back(untold(wanted(build_event(2, Results::failure), "r"), "ended 12 days ago"));
  events.push_back(untold(wanted(build_event(3, Results::failure, "main", false), "r"), "began 12 days ago"));
  const auto accepted = accept(std::move(events));
  EXPECT_FALSE(accepted[0].untold);
  EXPECT_TRUE(accepted[1].untold);
  EXPECT_TRUE(accepted[1].notifications.empty());
  EXPECT_TRUE(accepted[2].notifications.empty());
  EXPECT_TRUE(accept({wanted(build_event(2, Results::failure), "r")}).front().duplicate);
  reopen();
  EXPECT_TRUE(open_ones().empty());
  const auto before = run(io_, store_->previous("ci", "linux", "main", {3})).value();
  EXPECT_EQ(before->results, Results::failure) << "the history takes it";
  EXPECT_EQ(run(io_, store_->event(before->event_row)).value()->untold, "ended 12 days ago");
  EXPECT_EQ(run(io_, store_->buildset("ci", 3, "")).value().at(1).event.untold, "ended 12 days ago");
  const auto people = ledger();
  const auto known = people->events_of(parse_build_name("linux/2").value());
  ASSERT_EQ(known.size(), 1U);
  EXPECT_EQ(known[0].event.untold, "ended 12 days ago");
  EXPECT_EQ(known[0].decisions.at(0).decision.outcome, Decision::Outcome::ignore);
  EXPECT_EQ(known[0].decisions.at(0).decision.reason, "ended 12 days ago");
  EXPECT_EQ(people->events_between(2, 3, 9).at(0).event.untold, "began 12 days ago");
}

TEST_P(Conformance, ABuildThatWasPostedIsFoundByItsId) {
  for (const char* key : {"builds/20:linux/1@http://a/finished", "builds/200:linux/2/finished"}) {
    NewEvent made = wanted(build_event(1, Results::failure), "r");
    Event event = *made.event;
    event.key = key;
    made.event = std::make_shared<const Event>(std::move(event));
    ASSERT_FALSE(accept({made}).front().duplicate);
  }
  const auto people = ledger();
  const auto told = people->events_of(parse_build_name("20").value());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].event.key, "builds/20:linux/1@http://a/finished");
}

// Feeds.

TEST_P(Conformance, WhatIsAcceptedIsYieldedOnce) {
  ASSERT_TRUE(run(io_, store_->deliveries()));
  const Notification before = accept_one(1);
  EXPECT_EQ(next_notifications().at(0).id, before.id);
  std::vector<NewEvent> events;
  for (const int number : {1, 2, 3})  // the first one is known
    events.push_back(wanted(build_event(number, Results::failure), "mail"));
  const auto accepted = accept(std::move(events));
  const auto next = next_notifications();
  ASSERT_EQ(next.size(), 2U);
  EXPECT_EQ(next[0].id, accepted[1].notifications[0].id);
  EXPECT_EQ(next[1].id, accepted[2].notifications[0].id);
  EXPECT_EQ(next[1].event->key, "builds/3/finished");
}

TEST_P(Conformance, WhatWaitsAtTheStartComesBeforeWhatIsNew) {
  const auto old = compose(accept_one(1), {delivery("old")}).front().id;
  const Notification open = accept_one(2);
  reopen();
  const auto made = compose(accept_one(3), {delivery("new")}).front().id;
  const auto work = run(io_, store_->deliveries()).value();
  EXPECT_EQ(ids(work.waiting), (std::vector<RowId>{old, made}));
  EXPECT_EQ(work.waiting[0].fresh, nullptr);
  EXPECT_EQ(work.waiting[0].lane, "lane");
  EXPECT_TRUE(work.pauses);
  EXPECT_EQ(next_notifications().at(0).id, open.id);
}

TEST_P(Conformance, WhatWasJustComposedNeedNotBeRead) {
  ASSERT_TRUE(run(io_, store_->deliveries()));
  const auto first = compose(accept_one(1), {delivery("a", "sha", 1), delivery("b")});
  const auto work = next_deliveries();
  ASSERT_EQ(ids(work.waiting), (std::vector<RowId>{first[0].id, first[1].id}));
  ASSERT_TRUE(work.waiting[0].fresh);
  EXPECT_EQ(work.waiting[0].fresh->key, "a");
  EXPECT_EQ(work.waiting[0].fresh->payload, delivery("a").payload);
  EXPECT_EQ(work.waiting[0].created, 7);
  EXPECT_EQ(work.waiting[0].heard, 5);
  EXPECT_TRUE(work.changed.empty());
  const auto later = compose(accept_one(2), {delivery("c", "sha", 2)});
  const auto next = next_deliveries();
  EXPECT_EQ(ids(next.waiting), std::vector<RowId>{later[0].id});
  EXPECT_EQ(next.changed, std::vector<RowId>{first[0].id}) << "superseded";
}

TEST_P(Conformance, AResendBesideManyThatWaitIsOneRow) {
  std::vector<Delivery> many;
  for (int i = 0; i < 2000; ++i)
    many.push_back(delivery("k" + std::to_string(i)));
  const auto rows = compose(accept_one(), std::move(many));
  ASSERT_EQ(run(io_, store_->deliveries())->waiting.size(), 2000U);
  EXPECT_EQ(ledger()->resend(rows[7].id, 100), "");
  const auto work = next_deliveries();
  EXPECT_EQ(ids(work.waiting), std::vector<RowId>{rows[7].id});
  EXPECT_EQ(work.changed, std::vector<RowId>{rows[7].id});
  EXPECT_FALSE(work.pauses);
}

// Under load there is always something else to do.
TEST_P(Conformance, AResendIsNoticedWhileMuchIsStored) {
  const auto row = compose(accept_one(1), {delivery("first")}).front().id;
  ASSERT_EQ(run(io_, store_->deliveries())->waiting.size(), 1U);
  EXPECT_EQ(ledger()->resend(row, 100), "");
  int number = 1;
  bool noticed = false;
  const auto until = std::chrono::steady_clock::now() + test::patience;
  while (!noticed && std::chrono::steady_clock::now() < until) {
    ++number;
    compose(accept_one(number), {delivery("k" + std::to_string(number))});
    noticed = run(io_, store_->deliveries())->changed == std::vector<RowId>{row};
  }
  EXPECT_TRUE(noticed) << "after " << number << " deliveries that were stored meanwhile";
}

TEST_P(Conformance, WhatAPersonDropsOrResumesIsYielded) {
  const auto row = compose(accept_one(), {delivery("a")}).front().id;
  ASSERT_TRUE(run(io_, store_->set_pause({"mail", 9000, "429"})));
  ASSERT_TRUE(run(io_, store_->deliveries()));
  EXPECT_EQ(ledger()->resume("mail", 100), std::vector<std::string>{"mail"});
  const auto resumed = next_deliveries();
  EXPECT_TRUE(resumed.pauses);
  EXPECT_EQ(resumed.changed_reporters, std::vector<std::string>{"mail"});
  EXPECT_EQ(ids(resumed.waiting), std::vector<RowId>{row});
  EXPECT_EQ(ledger()->drop_all_of("mail", 200).deliveries, 1U);
  const auto dropped = next_deliveries();
  EXPECT_EQ(dropped.changed_reporters, std::vector<std::string>{"mail"});
  EXPECT_TRUE(dropped.waiting.empty());
}

TEST_P(Conformance, WhatIsReportedAgainIsYielded) {
  const Notification first = accept_one(1);
  accept_one(2);
  compose(first, {});
  ASSERT_EQ(next_notifications().size(), 1U);
  ReplayedEvent again;
  again.row = first.event_row;
  again.reporters = {"mail"};
  EXPECT_EQ(ledger()->order_again({again}, 1700).made, 1U);
  const auto replayed = next_notifications();
  ASSERT_EQ(replayed.size(), 1U);
  EXPECT_EQ(replayed[0].event_row, first.event_row);
  EXPECT_EQ(replayed[0].replay, 1700);
}

TEST_P(Conformance, OpenOnesOfAReporterComeAgain) {
  const Notification open = accept_one(1);
  ASSERT_EQ(next_notifications().size(), 1U);
  store_->again({"nobody", "mail"});
  EXPECT_EQ(next_notifications().at(0).id, open.id);
}

TEST_P(Conformance, AnAttemptOfWhatWasDroppedMeanwhileSaysSo) {
  const auto made = compose(accept_one(1), {delivery("a"), delivery("b")});
  for (const auto& one : made)
    ASSERT_EQ(ledger()->drop(one.id, 8), "");
  Settlement end;
  end.state = DeliveryState::waiting;
  EXPECT_EQ(run(io_, store_->settle(made[0].id, end)).value(), Taken::changed);
  EXPECT_EQ(load(made[0].id).state, DeliveryState::dropped);
  end.state = DeliveryState::delivered;
  EXPECT_EQ(run(io_, store_->settle(made[1].id, end)).value(), Taken::taken) << "it arrived after all";
  EXPECT_EQ(load(made[1].id).state, DeliveryState::delivered);
}

TEST_P(Conformance, WordingWhatWasDroppedMeanwhileSaysSo) {
  const Notification open = accept_one(1);
  EXPECT_EQ(ledger()->drop_all_of("mail", 3).notifications, 1U);
  const auto rows = std::make_shared<const std::vector<Delivery>>(std::vector<Delivery>{delivery("a")});
  const auto composed = run(io_, store_->compose(open, rows, 4)).value();
  EXPECT_EQ(composed.taken, Taken::changed);
  EXPECT_TRUE(composed.deliveries.empty());
}

TEST_P(Conformance, NothingIsThereToResendOfWhatWasSkipped) {
  Delivery none = delivery("none");
  none.skip = true;
  none.note = "no commit";
  const auto id = compose(accept_one(), {none}).front().id;
  EXPECT_EQ(ledger()->resend(id, 9),
            "delivery " + std::to_string(id) + " is skipped: there is nothing to send (no commit)");
  EXPECT_EQ(load(id).state, DeliveryState::skipped);
}

TEST_P(Conformance, APageOfBuildsLooksAtSoManyRows) {
  std::vector<NewEvent> events;
  events.push_back(build_event(1, Results::failure));
  for (int number = 2; number <= 6; ++number)
    events.push_back(build_event(number, Results::success));
  accept(std::move(events));
  const auto kept = ledger();
  for (const char* builder : {"", "linux"}) {
    BuildsFilter filter;
    filter.source = "ci";
    filter.builder = builder;
    filter.results = {Results::failure};
    filter.look_at = 4;
    BuildsPage page = kept->builds(filter);
    EXPECT_TRUE(page.builds.empty()) << builder;
    ASSERT_TRUE(page.next) << builder;
    filter.before = *page.next;
    page = kept->builds(filter);
    ASSERT_EQ(page.builds.size(), 1U) << builder;
    EXPECT_EQ(page.builds.front().run.number, 1);
    EXPECT_FALSE(page.next);
  }
}

TEST_P(Conformance, AReaderSeesThatSomethingWasCommitted) {
  const auto reader = ledger();
  const std::int64_t before = reader->version();
  EXPECT_EQ(reader->version(), before) << "reading changes nothing";
  const auto row = compose(accept_one(), {delivery("a")}).front().id;
  const std::int64_t stored = reader->version();
  EXPECT_NE(stored, before);
  ASSERT_EQ(ledger()->drop(row, 95), "");
  EXPECT_NE(reader->version(), stored) << "by another reader";
}

TEST_P(Conformance, ClosingEndsWhoeverReads) {
  ASSERT_TRUE(run(io_, store_->deliveries()));
  int ended = 0;
  asio::co_spawn(io_, store_->notifications(), [&](const std::exception_ptr&, Result<NotificationWork> work) {
    ended += work && work->notifications.empty() ? 1 : 0;
  });
  asio::co_spawn(io_, store_->deliveries(), [&](const std::exception_ptr&, Result<DeliveryWork> work) {
    ended += work && work->waiting.empty() ? 1 : 0;
  });
  ASSERT_TRUE(test::run_until(io_, [&] { return store_->pending() == 0; }));
  store_->close();
  EXPECT_TRUE(test::run_until(io_, [&] { return ended == 2; }));
  open();
}

}  // namespace
}  // namespace carillon::store
