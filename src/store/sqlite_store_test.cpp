#include "store/sqlite_store.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "store/ledger.hpp"
#include "store/schema.hpp"
#include "store/worker.hpp"

namespace carillon::store {
namespace {

using test::run;

// Back to version 5, and from there to version 4.
constexpr const char* without_branches =
    "DROP TRIGGER events_branches; DROP TABLE branches; "
    "CREATE INDEX events_branch ON events (master, builder, branch, number) WHERE builder IS NOT NULL AND "
    "branch <> ''";
constexpr const char* without_replays = "DROP INDEX orders_replayed; ALTER TABLE orders DROP COLUMN replay";

NewEvent build_event(int number, Results results, const char* branch = "main", bool finished = true) {
  json::object build;
  json::object builder;
  builder["name"] = "linux";
  build["builder"] = builder;
  build["number"] = number;
  build["results"] = finished ? json::value(static_cast<int>(results)) : json::value(nullptr);
  json::object buildset;
  buildset["bsid"] = 3;
  json::object stamp;
  stamp["branch"] = branch;
  buildset["sourcestamps"] = json::array{stamp};
  build["buildset"] = buildset;
  Event event;
  event.source = "ci";
  event.key = "builds/" + std::to_string(number) + (finished ? "/finished" : "/new");
  event.at = 1000;
  event.body = build;
  NewEvent made;
  made.kind = kind_of(event.key);
  made.facts = facts_of(event.body);
  event.text = std::make_shared<const ObjectText>(event.body);
  made.event = std::make_shared<const Event>(std::move(event));
  return made;
}

NewEvent wanted(NewEvent event, const std::string& reporter,
                Decision::Outcome outcome = Decision::Outcome::report) {
  ReporterDecision decision;
  decision.reporter = reporter;
  decision.decision.outcome = outcome;
  decision.decision.reason = "test";
  event.decisions.push_back(decision);
  return event;
}

Delivery delivery(std::string key, std::string status = "", std::int64_t rank = 0) {
  Delivery made;
  made.key = std::move(key);
  made.lane = "lane";
  made.status = std::move(status);
  made.rank = rank;
  made.target = "t";
  made.summary = "s";
  made.payload = std::string("pay\0load", 8);
  return made;
}

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() { open(); }
  ~SqliteStoreTest() override { store_->close(); }

  void open() { store_ = open_sqlite(io_.get_executor(), path_); }
  void reopen() {
    store_->close();
    open();
  }
  std::vector<AcceptedEvent> accept(std::vector<NewEvent> events, json::value cursor = nullptr) {
    return run(io_, store_->accept("ci", std::move(events), std::move(cursor), 5)).value();
  }
  Notification accept_one(int number = 1) {
    std::vector<NewEvent> events;
    events.push_back(wanted(build_event(number, Results::failure), "mail"));
    return accept(std::move(events)).front().notifications.front();
  }
  std::vector<ComposedDelivery> compose(const Notification& notification, std::vector<Delivery> deliveries) {
    return run(io_, store_->compose(notification,
                                    std::make_shared<const std::vector<Delivery>>(std::move(deliveries)), 7))
        .value();
  }
  void settle(RowId id, DeliveryState state, std::vector<std::string> settled = {}) {
    Settlement end;
    end.state = state;
    end.at = 9;
    end.next_at = 50;
    end.answer = "answer";
    end.settled = std::move(settled);
    ASSERT_TRUE(run(io_, store_->settle(id, end)));
  }
  StoredDelivery load(RowId id) { return run(io_, store_->load(id)).value().value(); }

  test::TempDir dir_;
  std::string path_ = dir_.file("c.sqlite");
  asio::io_context io_;
  std::unique_ptr<Store> store_;
};

TEST_F(SqliteStoreTest, TheSameEventTwiceIsOneEvent) {
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

TEST_F(SqliteStoreTest, OrdersSurviveARestartUntilTheyAreComposed) {
  const Notification notification = accept_one();
  reopen();
  auto open_notifications = run(io_, store_->open_notifications(0, 10)).value();
  ASSERT_EQ(open_notifications.size(), 1U);
  EXPECT_EQ(open_notifications[0].id, notification.id);
  EXPECT_EQ(open_notifications[0].reporter, "mail");
  EXPECT_EQ(open_notifications[0].event->key, "builds/1/finished");
  EXPECT_EQ(facts_of(open_notifications[0].event->body).builder, "linux");
  compose(notification, {});
  EXPECT_TRUE(run(io_, store_->open_notifications(0, 10)).value().empty());
}

TEST_F(SqliteStoreTest, CursorIsKeptWithItsEvents) {
  EXPECT_TRUE(run(io_, store_->cursor("ci")).value().is_null());
  accept({}, json::parse(R"({"builds": 7})"));
  accept({}, nullptr);
  reopen();
  EXPECT_EQ(run(io_, store_->cursor("ci")).value(), json::parse(R"({"builds": 7})"));
}

TEST_F(SqliteStoreTest, PreviousSkipsRetriesAndLaterBuilds) {
  std::vector<NewEvent> events;
  events.push_back(build_event(1, Results::success));
  events.push_back(build_event(2, Results::failure, "dev"));
  events.push_back(build_event(3, Results::retry));
  events.push_back(build_event(5, Results::warnings));
  events.push_back(build_event(4, Results::success, "main", false));
  accept(std::move(events));
  const auto previous = [&](std::int64_t before, std::optional<std::string> branch = {}) {
    return run(io_, store_->previous("ci", "linux", std::move(branch), before)).value();
  };
  EXPECT_EQ(previous(4)->results, Results::failure);
  EXPECT_EQ(previous(4)->number, 2);
  EXPECT_EQ(previous(4, "main")->number, 1);
  EXPECT_EQ(previous(100)->results, Results::warnings);
  EXPECT_EQ(previous(1), std::nullopt);
  EXPECT_EQ(run(io_, store_->previous("other", "linux", {}, 9)).value(), std::nullopt);
}

// What a database of version 5 holds is found by the table that it gets.
TEST_F(SqliteStoreTest, PreviousOnABranchOfLateBuildsAlsoAfterAMigration) {
  const auto look = [&] {
    const auto previous = [&](std::int64_t before, const char* branch) {
      const auto found = run(io_, store_->previous("ci", "linux", branch, before)).value();
      return found ? found->number : 0;
    };
    EXPECT_EQ(previous(100, "main"), 7);
    EXPECT_EQ(previous(7, "main"), 3);
    EXPECT_EQ(previous(3, "main"), 1);
    EXPECT_EQ(previous(1, "main"), 0);
    EXPECT_EQ(previous(100, "dev"), 5);
    EXPECT_EQ(previous(5, "dev"), 2);
    EXPECT_EQ(previous(2, "dev"), 0);
    EXPECT_EQ(previous(100, "other"), 0);
  };
  std::vector<NewEvent> events;
  for (const int number : {3, 7, 1})  // 1 has ended last
    events.push_back(build_event(number, Results::success));
  events.push_back(build_event(9, Results::retry));
  events.push_back(build_event(10, Results::success, "main", false));
  for (const int number : {5, 2})
    events.push_back(build_event(number, Results::failure, "dev"));
  accept(std::move(events));
  look();
  store_->close();
  {
    Database db(dir_.file("c.sqlite"), Database::Access::existing);
    db.execute(without_branches);
    db.execute("PRAGMA user_version = 5");
  }
  open();
  look();
  std::vector<NewEvent> later;
  later.push_back(build_event(11, Results::success, "dev"));
  accept(std::move(later));
  EXPECT_EQ(run(io_, store_->previous("ci", "linux", "dev", 100)).value()->number, 11);
}

TEST_F(SqliteStoreTest, PreviousIsOfTheMastersNewestLife) {
  std::vector<NewEvent> events;
  events.push_back(build_event(4, Results::success));
  NewEvent again = build_event(4, Results::failure);
  Event other = *again.event;
  other.occurrence = "second life";
  again.event = std::make_shared<const Event>(std::move(other));
  events.push_back(std::move(again));
  accept(std::move(events));
  EXPECT_EQ(run(io_, store_->previous("ci", "linux", {}, 5)).value()->results, Results::failure);
}

TEST_F(SqliteStoreTest, BuildsetKnowsItsFinishedBuildsAndTheirDecisions) {
  std::vector<NewEvent> events;
  events.push_back(wanted(build_event(1, Results::success), "mail", Decision::Outcome::summary));
  events.push_back(build_event(2, Results::success, "main", false));
  accept(std::move(events));
  EXPECT_TRUE(run(io_, store_->buildset("ci", 3, "another life")).value().empty());
  const auto builds = run(io_, store_->buildset("ci", 3, "")).value();
  ASSERT_EQ(builds.size(), 1U);
  EXPECT_EQ(builds[0].decisions.at(0).decision.outcome, Decision::Outcome::summary);
}

TEST_F(SqliteStoreTest, TextOfTheEventIsKeptOnce) {
  NewEvent event = wanted(build_event(1, Results::failure), "http");
  Event large = *event.event;
  large.body = json::object{{"a", std::string(5000, 'x')}, {"steps", json::array()}, {"b", 1}};
  large.text = std::make_shared<const ObjectText>(large.body);
  event.event = std::make_shared<const Event>(std::move(large));
  std::vector<NewEvent> events;
  events.push_back(std::move(event));
  accept(std::move(events));
  reopen();
  const auto notifications = run(io_, store_->open_notifications(0, 10)).value();
  ASSERT_EQ(notifications.size(), 1U);
  Delivery made = delivery("k");
  made.payload = R"({"a":")" + std::string(5000, 'x') + R"(","b":1})";
  const RowId id = compose(notifications.front(), {made}).front().id;
  reopen();
  EXPECT_EQ(load(id).delivery.payload, made.payload);
  store_->close();
  Database db(path_, Database::Access::existing);
  Statement find = db.prepare("SELECT length(body) FROM payloads");
  ASSERT_TRUE(find.step());
  EXPECT_LT(find.integer(0), 20);
}

TEST_F(SqliteStoreTest, ADatabaseOfVersionTwoKeepsItsDeliveries) {
  const RowId id = compose(accept_one(), {delivery("k")}).front().id;
  store_->close();
  {
    Database db(path_, Database::Access::existing);
    db.execute("ALTER TABLE payloads DROP COLUMN head");
    db.execute("ALTER TABLE payloads DROP COLUMN tail");
    db.execute("DROP TABLE files");
    db.execute(without_branches);
    db.execute(without_replays);
    db.execute("PRAGMA user_version = 2");
  }
  open();
  EXPECT_EQ(load(id).delivery.payload, std::string("pay\0load", 8));
}

TEST_F(SqliteStoreTest, FilesOfDeliveriesAreKnownAndWhoNeedsThem) {
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
  settle_at(id, DeliveryState::dead, 100);
  EXPECT_EQ(uses(), "needed needed free ");
  {
    Ledger ledger(std::make_unique<Database>(path_, Database::Access::existing));
    EXPECT_EQ(ledger.delivery(id)->files, made.files);
    EXPECT_EQ(ledger.drop(id, 110), "");
  }
  EXPECT_EQ(uses(), "delivered at 90 free free ");
  PruneStep step;
  step.before = 1'000'000;
  for (Pruned done; !done.over; step = done.next)
    done = run(io_, store_->prune(step)).value();
  EXPECT_EQ(uses(), "free free free ");
}

TEST_F(SqliteStoreTest, ADeliveryIsStoredOnceWithItsPayload) {
  const Notification notification = accept_one();
  const auto composed = compose(notification, {delivery("k")});
  ASSERT_TRUE(composed.at(0).waiting);
  EXPECT_FALSE(compose(accept_one(2), {delivery("k")}).at(0).waiting);
  EXPECT_TRUE(compose(notification, {delivery("other")}).empty()) << "the order is closed";
  const StoredDelivery stored = load(composed[0].id);
  EXPECT_EQ(stored.delivery.payload, std::string("pay\0load", 8));
  EXPECT_EQ(stored.state, DeliveryState::waiting);
  reopen();
  const auto waiting = run(io_, store_->waiting()).value();
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].reporter, "mail");
  EXPECT_EQ(waiting[0].lane, "lane");
}

TEST_F(SqliteStoreTest, ALaterStateSupersedesAWaitingEarlierOne) {
  const auto pending = compose(accept_one(1), {delivery("pending", "sha/ci", 1)}).at(0);
  const auto final = compose(accept_one(2), {delivery("final", "sha/ci", 2)}).at(0);
  EXPECT_EQ(final.superseded, std::vector<RowId>{pending.id});
  EXPECT_EQ(load(pending.id).state, DeliveryState::superseded);
  EXPECT_TRUE(final.waiting);
}

TEST_F(SqliteStoreTest, ALateEarlierStateIsNeverSent) {
  const auto final = compose(accept_one(1), {delivery("final", "sha/ci", 2)}).at(0);
  settle(final.id, DeliveryState::delivered);
  const auto late = compose(accept_one(2), {delivery("pending", "sha/ci", 1)}).at(0);
  EXPECT_FALSE(late.waiting);
  EXPECT_EQ(load(late.id).state, DeliveryState::superseded);
}

TEST_F(SqliteStoreTest, ASupersededDeliveryThatFailsStaysSuperseded) {
  const auto pending = compose(accept_one(1), {delivery("pending", "sha/ci", 1)}).at(0);
  compose(accept_one(2), {delivery("final", "sha/ci", 2)});
  settle(pending.id, DeliveryState::waiting);
  EXPECT_EQ(load(pending.id).state, DeliveryState::superseded);
  settle(pending.id, DeliveryState::delivered);
  EXPECT_EQ(load(pending.id).state, DeliveryState::delivered);
}

TEST_F(SqliteStoreTest, PausesAreKept) {
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

TEST_F(SqliteStoreTest, APersonResendsOnlyWhatWasRefused) {
  const auto mail = compose(accept_one(), {delivery("k")}).at(0);
  settle(mail.id, DeliveryState::dead, {"a@example.org", "!b@example.org"});
  ASSERT_FALSE(run(io_, store_->changed_elsewhere()).value());
  Ledger ledger(std::make_unique<Database>(path_, Database::Access::existing));
  EXPECT_EQ(ledger.resend(mail.id, 100), "");
  EXPECT_TRUE(run(io_, store_->changed_elsewhere()).value());
  EXPECT_EQ(load(mail.id).state, DeliveryState::waiting);
  EXPECT_EQ(load(mail.id).delivery.settled, std::vector<std::string>{"a@example.org"});
  EXPECT_EQ(ledger.drop(mail.id, 101), "");
  EXPECT_EQ(load(mail.id).state, DeliveryState::dropped);
  EXPECT_NE(ledger.drop(mail.id, 101), "");
  EXPECT_NE(ledger.resend(12345, 1), "");
}

TEST_F(SqliteStoreTest, AnOrderThatIsSetAsideIsDeadUntilAPersonAsksForIt) {
  const Notification notification = accept_one(7);
  const auto aside = run(io_, store_->set_aside(notification.id, "it killed us", 50)).value();
  ASSERT_TRUE(aside);
  EXPECT_EQ(aside->reporter, "mail");
  EXPECT_EQ(aside->event, "ci/builds/7/finished");
  EXPECT_TRUE(run(io_, store_->open_notifications(0, 10)).value().empty());
  EXPECT_FALSE(run(io_, store_->set_aside(notification.id, "again", 51)).value());
  EXPECT_EQ(load(aside->delivery).state, DeliveryState::dead);
  Ledger ledger(std::make_unique<Database>(path_, Database::Access::existing));
  EXPECT_EQ(ledger.delivery(aside->delivery)->answer, "it killed us");
  EXPECT_EQ(ledger.resend(aside->delivery, 2000), "");
  EXPECT_EQ(load(aside->delivery).state, DeliveryState::dropped);
  const auto again = run(io_, store_->replayed_notifications(0, 10)).value();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_NE(again[0].id, notification.id);
  EXPECT_EQ(again[0].reporter, "mail");
  EXPECT_EQ(again[0].event->key, "builds/7/finished");
  EXPECT_NE(ledger.resend(aside->delivery, 2001), "") << "it is an order again";
}

TEST_F(SqliteStoreTest, LargeOrdersAreReadInSmallParts) {
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
  RowId after = 0;
  while (true) {
    const auto page = run(io_, store_->open_notifications(after, 100)).value();
    if (page.empty()) break;
    sizes.push_back(page.size());
    after = page.back().id;
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{3, 2}));
}

TEST_F(SqliteStoreTest, APersonCannotResendAnOldStateOverANewerOne) {
  const auto pending = compose(accept_one(1), {delivery("pending", "sha/ci", 1)}).at(0);
  compose(accept_one(2), {delivery("final", "sha/ci", 2)});
  Ledger ledger(std::make_unique<Database>(path_, Database::Access::existing));
  EXPECT_NE(ledger.resend(pending.id, 100).find("later state"), std::string::npos);
}

TEST_F(SqliteStoreTest, LedgerFindsABuildByEveryNameOfIt) {
  accept_one(7);
  Ledger ledger(std::make_unique<Database>(path_, Database::Access::existing));
  for (const char* text : {"linux/7", "linux/#7", "linux", "7"}) {
    const auto events = ledger.events_of(*parse_build_name(text));
    ASSERT_EQ(events.size(), 1U) << text;
    EXPECT_EQ(events[0].open_notifications, std::vector<std::string>{"mail"});
  }
  EXPECT_TRUE(ledger.events_of(*parse_build_name("linux/8")).empty());
}

// Of two senders that count from 1, each build's own buildset is told of, however its key names the sender.
TEST_F(SqliteStoreTest, LedgerFindsTheBuildsetOfABuildsSender) {
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
  Ledger ledger(std::make_unique<Database>(path_, Database::Access::existing));
  std::vector<std::string> keys;
  for (const LedgerEvent& one : ledger.events_of(*parse_build_name("b/7")))
    keys.push_back(one.event.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"builds/b/7@one/finished", "buildsets/1@one/complete",
                                            "buildsets/1/complete", "buildsets/1@1700000000/complete"}));
}

TEST(ParseBuildName, ReadsUrls) {
  const auto name = parse_build_name("http://ci.example.org/#/builders/3/builds/7");
  EXPECT_EQ(name->builderid, 3);
  EXPECT_EQ(name->number, 7);
  EXPECT_EQ(parse_build_name("http://h/#builders/b%C3%BC/builds/1")->builder, "b\u00fc");
  EXPECT_EQ(parse_build_name("http://h/#builders/a%2Fb/builds/2")->builder, "a/b");
  EXPECT_EQ(parse_build_name("http://h/#builders/a%2Fb/builds/2")->number, 2);
  EXPECT_EQ(parse_build_name("a/b/9")->builder, "a/b");
  EXPECT_EQ(parse_build_name("http://ci.example.org/"), std::nullopt);
  EXPECT_EQ(parse_build_name(""), std::nullopt);
}

TEST(Database, TakesOverAnOlderOne) {
  const test::TempDir dir;
  {
    Database old(dir.file("c.sqlite"), Database::Access::create);
    old.execute("INSERT INTO cursors (master, cursor) VALUES ('ci', '7')");
    old.execute(
        "DROP TABLE files; DROP TABLE memory; ALTER TABLE payloads DROP COLUMN head; ALTER TABLE payloads "
        "DROP COLUMN tail");
    old.execute(without_branches);
    old.execute(without_replays);
    old.execute("PRAGMA user_version = 1");
  }
  Database now(dir.file("c.sqlite"), Database::Access::existing);
  Statement version = now.prepare("PRAGMA user_version");
  ASSERT_TRUE(version.step());
  EXPECT_EQ(version.integer(0), schema_version);
  Statement cursor = now.prepare("SELECT cursor FROM cursors WHERE master = 'ci'");
  ASSERT_TRUE(cursor.step());
  EXPECT_EQ(cursor.text(0), "7");
  EXPECT_NO_THROW(now.execute("INSERT INTO memory (owner, key, value, at) VALUES ('a', 'b', '1', 2)"));
}

TEST(Memory, KeepsSmallThingsByOwnerAndName) {
  const test::TempDir dir;
  const auto remembered = [&](auto&& act) {
    asio::io_context io;
    const auto store = open_sqlite(io.get_executor(), dir.file("c.sqlite"));
    act(io, *store);
    store->close();
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

TEST(Database, AFullDiskIsAnErrorThatPasses) {
  const test::TempDir dir;
  asio::io_context io;
  auto database = std::make_unique<Database>(dir.file("c.sqlite"), Database::Access::create);
  database->execute("PRAGMA max_page_count = 20");  // SQLite answers SQLITE_FULL, as on a full disk
  Database& raw = *database;
  Meter meter(nullptr);
  Worker worker(io.get_executor(), std::move(database), meter);
  const std::string big(200'000, 'x');
  std::function<void(Database&)> write = [&big](Database& db) {
    db.prepare("INSERT INTO payloads (delivery, body) VALUES (NULL, ?)").bind_blob(big).run();
  };
  const Result<void> full = run(io, worker.perform(write));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, Failure::Kind::throttled);
  EXPECT_NE(meter.trouble().value_or("").find("full"), std::string::npos);
  std::function<void(Database&)> grow = [&raw](Database&) { raw.execute("PRAGMA max_page_count = 100000"); };
  ASSERT_TRUE(run(io, worker.perform(grow)));
  EXPECT_TRUE(meter.trouble()) << "nothing was written yet";
  EXPECT_TRUE(run(io, worker.perform(write)));
  EXPECT_FALSE(meter.trouble());
}

TEST(SqlitePath, ReadsUrlsAsSqlalchemyDoes) {
  EXPECT_EQ(sqlite_path("sqlite:///c.sqlite", "/etc/carillon"), "/etc/carillon/c.sqlite");
  EXPECT_EQ(sqlite_path("sqlite:////var/c.sqlite", "/etc"), "/var/c.sqlite");
  EXPECT_EQ(sqlite_path("postgresql://host/db", ""), std::nullopt);
}

TEST_F(SqliteStoreTest, AStartThatIsHeardAfterItsEndIsKnownAndNotReported) {
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
  Ledger ledger(std::make_unique<Database>(path_, Database::Access::existing));
  const auto told = ledger.events_of(parse_build_name("linux/1").value());
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1].decisions.at(0).decision.reason, "its end was heard before");
  EXPECT_TRUE(told[1].open_notifications.empty());
}

TEST_F(SqliteStoreTest, ABuildThatWasPostedIsFoundByItsId) {
  for (const char* key : {"builds/20:linux/1@http://a/finished", "builds/200:linux/2/finished"}) {
    NewEvent made = wanted(build_event(1, Results::failure), "r");
    Event event = *made.event;
    event.key = key;
    made.event = std::make_shared<const Event>(std::move(event));
    ASSERT_FALSE(accept({made}).front().duplicate);
  }
  Ledger ledger(std::make_unique<Database>(path_, Database::Access::existing));
  const auto told = ledger.events_of(parse_build_name("20").value());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].event.key, "builds/20:linux/1@http://a/finished");
}

TEST_F(SqliteStoreTest, WhileTheFileIsAwayNothingIsAcknowledged) {
  EXPECT_FALSE(store_->trouble());
  std::filesystem::rename(path_, dir_.file("away"));
  const auto refused =
      run(io_, store_->accept("ci", {wanted(build_event(1, Results::failure), "r")}, nullptr, 5));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Failure::Kind::throttled);
  EXPECT_NE(refused.error().what.find(path_ + " is gone"), std::string::npos) << refused.error().what;
  EXPECT_FALSE(run(io_, store_->ping())) << "the health monitor sees it, too";
  EXPECT_TRUE(store_->trouble());
  std::filesystem::rename(dir_.file("away"), path_);
  EXPECT_EQ(accept({wanted(build_event(1, Results::failure), "r")}).front().notifications.size(), 1U);
  EXPECT_FALSE(store_->trouble());
}

}  // namespace
}  // namespace carillon::store
