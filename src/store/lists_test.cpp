// What every store promises of its lists (store/lists.hpp).
#include <gmock/gmock.h>

#include "model/build.hpp"
#include "store/store_fixture.hpp"
#include "store/store_kinds_fixture.hpp"

namespace carillon::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Lists : public StoreTest {
 protected:
  // A build of that builder; its start unless it has results.
  static NewEvent of(const std::string& builder, int number, std::optional<Results> results,
                     const char* branch = "main", int attempt = 1) {
    NewEvent made =
        build_event(number, results.value_or(Results::success), branch, results.has_value(), attempt);
    Event event = *made.event;
    event.body["builder"].as_object()["name"] = builder;
    event.key = "builds/" + builder + std::to_string(number) + "." + std::to_string(attempt) +
                (results ? "/finished" : "/new");
    event.text = std::make_shared<const ObjectText>(event.body);
    made.facts = facts_of(event.body);
    made.event = std::make_shared<const Event>(std::move(event));
    return made;
  }
  void hear(NewEvent event) {
    std::vector<NewEvent> events;
    events.push_back(wanted(std::move(event), "mail"));
    notifications_.push_back(accept(std::move(events)).front().notifications.front());
  }
  // "linux #2 failure", "mac #1 running".
  static std::vector<std::string> titles(const std::vector<ListedBuild>& builds) {
    std::vector<std::string> all;
    for (const ListedBuild& build : builds) {
      all.push_back(build.builder + " #" + std::to_string(build.run.number) +
                    (build.run.attempt > 1 ? "." + std::to_string(build.run.attempt) : "") + " " +
                    std::string(build.results ? name(*build.results) : "running"));
    }
    return all;
  }

  std::vector<Notification> notifications_;
};

INSTANTIATE_TEST_SUITE_P(Stores, Lists, testing::ValuesIn(store_kinds()),
                         [](const auto& info) { return info.param.name; });

TEST_P(Lists, OneQuestionOfManyPartsIsGivenUpAsAWhole) {
  hear(of("linux", 1, Results::failure));
  const auto ledger = this->ledger(std::chrono::milliseconds(20));
  const auto without_end = [&] {
    while (ledger->builds({}).builds.size() == 1) {  // each of them is quick
    }
  };
  for (const bool changes : {false, true}) {
    std::string said;
    try {
      changes ? ledger->together(without_end) : ledger->as_one_question(without_end);
    } catch (const Error& error) {
      EXPECT_TRUE(error.took_too_long());
      said = error.what();
    }
    EXPECT_EQ(said, "database: the question takes too long") << changes;
    ledger->as_one_question([&] { EXPECT_EQ(ledger->builds({}).builds.size(), 1); });  // it is as good as new
  }
}

TEST_P(Lists, AQuestionChangesNothing) {
  hear(of("linux", 1, Results::failure));
  const RowId id = compose(notifications_[0], {delivery("a")}).front().id;
  const auto ledger = this->ledger();
  EXPECT_THROW(ledger->as_one_question([&] { ledger->drop(id, 20, "bob"); }), std::logic_error);
  EXPECT_EQ(ledger->delivery(id)->state, DeliveryState::waiting);
  EXPECT_EQ(ledger->drop(id, 20, "bob"), "");
}

TEST_P(Lists, WhatFailsEndsItsQuestion) {
  hear(of("linux", 1, Results::failure));
  const auto ledger = this->ledger(std::chrono::milliseconds(60'000));
  EXPECT_THROW(ledger->as_one_question([] { throw Error("it is not there"); }), Error);
  std::size_t seen = 0;
  ledger->as_one_question([&] { seen = ledger->builds({}).builds.size(); });
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(ledger->drop(99, 1000), "there is no delivery 99");  // and what changes something begins anew
}

TEST_P(Lists, EachTryOfABuildOnceInItsNewestState) {
  hear(of("linux", 1, std::nullopt));
  hear(of("linux", 1, Results::failure));
  hear(of("linux", 1, Results::success, "main", 2));
  hear(of("mac", 7, std::nullopt));
  const auto ledger = this->ledger();
  EXPECT_THAT(titles(ledger->builds({}).builds),
              ElementsAre("mac #7 running", "linux #1.2 success", "linux #1 failure"));
  EXPECT_EQ(ledger->builds({}).next, std::nullopt);
  BuildsFilter of_linux;
  of_linux.source = "ci";
  of_linux.builder = "linux";
  EXPECT_THAT(titles(ledger->builds(of_linux).builds), ElementsAre("linux #1.2 success", "linux #1 failure"));
  EXPECT_THAT(ledger->sources(), ElementsAre("ci"));
}

TEST_P(Lists, FiltersTakeWhatTheyName) {
  hear(of("linux", 1, Results::failure));
  hear(of("linux", 2, Results::success, "dev"));
  hear(of("linux", 3, std::nullopt));
  const auto ledger = this->ledger();
  BuildsFilter filter;
  filter.branch = "dev";
  EXPECT_THAT(titles(ledger->builds(filter).builds), ElementsAre("linux #2 success"));
  filter = {};
  filter.results = {Results::failure, Results::exception};
  EXPECT_THAT(titles(ledger->builds(filter).builds), ElementsAre("linux #1 failure"));
  filter.running = true;
  EXPECT_THAT(titles(ledger->builds(filter).builds), ElementsAre("linux #3 running", "linux #1 failure"));
  filter = {};
  filter.builder = "nonesuch";
  EXPECT_THAT(titles(ledger->builds(filter).builds), IsEmpty());
  filter = {};
  filter.since = 6;  // they were heard at 5
  EXPECT_THAT(titles(ledger->builds(filter).builds), IsEmpty());
}

TEST_P(Lists, PagesFollowEachOther) {
  for (int number = 1; number <= 5; ++number)
    hear(of("linux", number, Results::success));
  const auto ledger = this->ledger();
  for (const bool by_number : {false, true}) {
    BuildsFilter filter;
    filter.limit = 2;
    if (by_number) {
      filter.source = "ci";
      filter.builder = "linux";
    }
    std::vector<std::string> seen;
    std::size_t pages = 0;
    for (std::optional<std::int64_t> next = filter.before; next && pages < 9; ++pages) {
      filter.before = *next;
      const BuildsPage page = ledger->builds(filter);
      for (const std::string& title : titles(page.builds))
        seen.push_back(title);
      next = page.next;
    }
    EXPECT_EQ(pages, 3U) << by_number;
    EXPECT_THAT(seen, ElementsAre("linux #5 success", "linux #4 success", "linux #3 success",
                                  "linux #2 success", "linux #1 success"))
        << by_number;
  }
}

TEST_P(Lists, TheNewestBuildsOfEachBuilder) {
  for (int number = 1; number <= 3; ++number)
    hear(of("linux", number, Results::success));
  hear(of("mac", 1, Results::failure));
  const auto ledger = this->ledger();
  const auto builders = ledger->newest_builds(2, 10);
  ASSERT_EQ(builders.size(), 2U);
  EXPECT_THAT(titles(builders[0].newest), ElementsAre("linux #3 success", "linux #2 success"));
  EXPECT_EQ(builders[1].builder, "mac");
  EXPECT_EQ(ledger->newest_builds(2, 1).size(), 1U);
  const auto behind = ledger->newest_builds(2, 10, Bodies::left_out, {"ci", "linux"});
  ASSERT_EQ(behind.size(), 1U);
  EXPECT_EQ(behind[0].builder, "mac");
  EXPECT_EQ(ledger->newest_builds(2, 10, Bodies::left_out, {"ch", "zzz"}).size(), 2U);
  EXPECT_THAT(ledger->newest_builds(2, 10, Bodies::left_out, {"ci", "mac"}), testing::IsEmpty());
  EXPECT_THAT(ledger->newest_builds(2, 10, Bodies::left_out, {"cj", ""}), testing::IsEmpty());
  const auto light = ledger->newest_builds(1, 10, Bodies::left_out);
  EXPECT_THAT(titles(light[1].newest), ElementsAre("mac #1 failure"));
  EXPECT_EQ(light[1].newest[0].event.source, "ci");
  EXPECT_EQ(light[1].newest[0].event.at, 1000);
  EXPECT_TRUE(light[1].newest[0].event.body.empty());
}

TEST_P(Lists, ABuildHasABoundedSizeInThem) {
  NewEvent huge = of("linux", 1, Results::failure);
  Event event = *huge.event;
  const std::string text(2'000'000, 'x');
  event.body["state_string"] = text;
  event.body["url"] = "http://ci.example.org/" + text;
  event.body["steps"] = json::array{text, text};
  event.body["builder"].as_object()["tags"] = json::array{"nightly", text};
  event.body["buildset"] = json::object{{"sourcestamps", json::array{json::object{{"revision", text}}}}};
  event.text = std::make_shared<const ObjectText>(event.body);
  huge.event = std::make_shared<const Event>(std::move(event));
  hear(std::move(huge));
  const auto ledger = this->ledger();
  BuildsFilter of_linux;
  of_linux.source = ledger->sources().front();
  of_linux.builder = "linux";
  for (const ListedBuild& build : {ledger->builds({}).builds.at(0), ledger->builds(of_linux).builds.at(0),
                                   ledger->newest_builds(1, 10).at(0).newest.at(0)}) {
    const std::string body = json::serialize(build.event.body);
    EXPECT_LT(body.size(), 3'000U);
    const BuildView view(build.event.body);
    EXPECT_EQ(view.state_string()->size(), 999 + std::string("…").size());
    EXPECT_EQ(view.tags()->at(0), "nightly");
    EXPECT_EQ(view.url(), std::nullopt);
  }
  EXPECT_GT(BuildView(ledger->events_of({"linux", 1}).at(0).event.body).state_string()->size(), 1'999'999U);
}

TEST_P(Lists, DeliveriesByStateReporterBuilderAndTarget) {
  hear(of("linux", 1, Results::failure));
  hear(of("mac", 2, Results::failure));
  hear(of("mac", 3, Results::failure));
  const RowId first = compose(notifications_[0], {delivery("a")}).front().id;
  const RowId second = compose(notifications_[1], {delivery("b")}).front().id;
  const RowId third = compose(notifications_[2], {delivery("c")}).front().id;
  settle(first, DeliveryState::delivered);
  settle(second, DeliveryState::dead);
  const auto ledger = this->ledger();
  const auto ids = [&](const LedgerFilter& filter, std::int64_t before = 1'000'000) {
    std::vector<RowId> all;
    for (const LedgerRow& row : ledger->deliveries_before(filter, before).rows)
      all.push_back(row.id);
    return all;
  };
  EXPECT_THAT(ids({}), ElementsAre(third, second, first));
  EXPECT_THAT(ids({}, third), ElementsAre(second, first));
  LedgerFilter filter;
  for (const auto& [state, id] : {std::pair(DeliveryState::delivered, first),
                                  {DeliveryState::dead, second},
                                  {DeliveryState::waiting, third}}) {
    filter.state = state;
    EXPECT_THAT(ids(filter), ElementsAre(id)) << name(state);
  }
  filter = {};
  filter.builder = "mac";
  EXPECT_THAT(ids(filter), ElementsAre(third, second));
  const auto row = ledger->deliveries_before(filter, 1'000'000).rows.front();
  EXPECT_EQ(row.builder, "mac");
  EXPECT_EQ(row.run.number, 3);
  filter = {};
  filter.reporter = "nonesuch";
  EXPECT_THAT(ids(filter), IsEmpty());
  filter = {};
  filter.target = "T";
  filter.limit = 1;
  EXPECT_THAT(ids(filter), ElementsAre(third));
  EXPECT_EQ(ledger->deliveries_before(filter, 1'000'000).next, third);
  EXPECT_EQ(ledger->dead_since(9), 1U);
  EXPECT_EQ(ledger->dead_since(10), 0U);
}

TEST_P(Lists, DeliveriesOfABuilderHoweverFarBackTheyAre) {
  constexpr int builds = 30;
  std::vector<RowId> made;
  for (int number = 1; number <= builds; ++number) {
    hear(of("mac", number, Results::failure));
    Delivery of_it = delivery(std::to_string(number));
    of_it.target = "to " + std::to_string(number) + ".";
    made.push_back(compose(notifications_.back(), {std::move(of_it)}).front().id);
  }
  const auto ledger = this->ledger();
  LedgerFilter filter;
  filter.builder = "mac";
  filter.limit = 2;
  for (const char* wanted : {"to", "to 3.", "to 1.", "to 99."}) {
    filter.target = wanted;
    std::vector<RowId> found;
    std::optional<std::int64_t> before = 1'000'000;
    while (before) {
      const DeliveriesPage page = ledger->deliveries_before(filter, *before);
      EXPECT_LE(page.rows.size(), filter.limit);
      for (const LedgerRow& row : page.rows)
        found.push_back(row.id);
      before = page.next;
    }
    std::vector<RowId> expected;
    for (std::size_t i = made.size(); i-- > 0;) {
      if (("to " + std::to_string(i + 1) + ".").starts_with(wanted)) expected.push_back(made[i]);
    }
    EXPECT_EQ(found, expected) << wanted;
  }
}

TEST_P(Lists, WhatPeopleDidIsKeptWithWhoDidIt) {
  hear(of("linux", 1, Results::failure));
  const RowId id = compose(notifications_[0], {delivery("a")}).front().id;
  settle(id, DeliveryState::dead);
  const auto ledger = this->ledger();
  EXPECT_EQ(ledger->resend(id, 20, "alice: the disk was full"), "");
  EXPECT_EQ(ledger->attempts(id).back().answer, "resend asked for by alice: the disk was full");
  EXPECT_EQ(ledger->drop(id, 21, "bob"), "");
  EXPECT_EQ(ledger->delivery(id)->answer, "dropped by bob");
  EXPECT_THAT(ledger->deeds(100, 10), IsEmpty());
  ledger->note({0, 20, "alice", "127.0.0.1", "resend", "delivery 1", "the disk was full"});
  ledger->note({0, 21, "bob", "", "drop", "delivery 1", ""});
  const auto deeds = ledger->deeds(100, 10);
  ASSERT_EQ(deeds.size(), 2U);
  EXPECT_EQ(deeds[0].who, "bob");
  EXPECT_EQ(deeds[1].reason, "the disk was full");
  EXPECT_EQ(ledger->deeds(deeds[0].id, 10).size(), 1U);
}

TEST_P(Lists, WhatIsDoneTogetherIsDoneAsAWholeOrNotAtAll) {
  hear(of("linux", 1, Results::failure));
  const auto made = compose(notifications_[0], {delivery("a"), delivery("b")});
  const RowId first = made.front().id;
  const RowId second = made.back().id;
  const auto ledger = this->ledger();
  const auto drop_both = [&] {
    EXPECT_EQ(ledger->drop(first, 20, "bob"), "");
    ledger->note({0, 20, "bob", "", "drop", "2 reports", ""});
    EXPECT_EQ(ledger->drop(second, 20, "bob"), "");
  };
  const auto drop_and_fail = [&] {
    drop_both();
    throw Error("the disk is full");
  };
  EXPECT_THROW(ledger->together(drop_and_fail), Error);
  EXPECT_EQ(ledger->delivery(first)->state, DeliveryState::waiting);
  EXPECT_EQ(ledger->delivery(second)->state, DeliveryState::waiting);
  EXPECT_THAT(ledger->deeds(100, 10), IsEmpty());
  ledger->together([&] {
    drop_both();
    EXPECT_NE(ledger->drop(second, 20, "bob"), "") << "what is refused takes nothing back";
  });
  EXPECT_EQ(ledger->delivery(first)->state, DeliveryState::dropped);
  EXPECT_EQ(ledger->delivery(second)->state, DeliveryState::dropped);
  EXPECT_EQ(ledger->deeds(100, 10).size(), 1U);
}

TEST(Pauses, TheOneThatEndsLastCounts) {
  const std::vector<Pause> pauses{{"irc", 90, "HTTP 429"},
                                  {"mail", 50, "HTTP 429"},
                                  {"mail", 80, "moving", "alice"},
                                  {"mail", 60, "HTTP 429"},
                                  {"web", 50, "HTTP 429"}};
  EXPECT_EQ(pause_of(pauses, "mail", 40)->why, "moving");
  EXPECT_EQ(pause_of(pauses, "mail", 79)->until, 80);
  EXPECT_EQ(pause_of(pauses, "mail", 80), std::nullopt);
  EXPECT_THAT(paused_together(pauses, "mail", 40), ElementsAre("mail", "web"));
  EXPECT_THAT(paused_together(pauses, "mail", 50), ElementsAre("mail"));
  EXPECT_THAT(paused_together(pauses, "mail", 80), IsEmpty());
}

TEST_P(Lists, APauseOfAPersonStandsBesideThatOfATarget) {
  hear(of("linux", 1, Results::failure));
  compose(notifications_[0], {delivery("a")});
  EXPECT_TRUE(run(io_, store_->set_pause({"mail", 50, "HTTP 429", {}})));
  const auto ledger = this->ledger();
  ledger->hold({"mail", 90, "moving house", "alice"});
  EXPECT_TRUE(next_deliveries().pauses) << "the server hears of it";
  const auto pauses = run(io_, store_->pauses()).value();
  ASSERT_EQ(pauses.size(), 2U);
  EXPECT_EQ(pauses[0].by + pauses[1].by, "alice");
  EXPECT_TRUE(run(io_, store_->set_pause({"mail", 0, "", {}})));
  ASSERT_EQ(run(io_, store_->pauses()).value().size(), 1U) << "the target has no say in that of a person";
  EXPECT_THAT(ledger->resume("mail", 60), ElementsAre("mail"));
  EXPECT_THAT(run(io_, store_->pauses()).value(), IsEmpty());
}

}  // namespace
}  // namespace carillon::store
