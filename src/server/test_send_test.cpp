#include "server/test_send.hpp"

#include <gtest/gtest.h>

#include "fakes/reporter.hpp"
#include "fakes/run.hpp"
#include "server/fixtures.hpp"

namespace carillon::server {
namespace {

using Kind = TestOutcome::Kind;
using test::run;

Delivery delivery(const std::string& target) {
  Delivery made;
  made.target = target;
  return made;
}

TEST(SendNow, SaysWhatBecameOfEach) {
  auto reporter = std::make_shared<test::FakeReporter>();
  Receipt parts;
  parts.parts = {{"a@x", ReceiptPart::Outcome::delivered, "250"},
                 {"b@x", ReceiptPart::Outcome::refused, "550"},
                 {"c@x", ReceiptPart::Outcome::retry, "451"}};
  reporter->answers = {parts, rejected("HTTP 422: No commit"),
                       throttled("HTTP 429", std::chrono::seconds(7))};
  std::vector<Delivery> deliveries = {delivery("mails"), delivery("forge"), delivery("busy"),
                                      delivery("fine"), delivery("old")};
  deliveries.push_back(delivery("none"));
  deliveries.back().skip = true;
  deliveries.back().note = "no revision";
  const Objection objection = [](const Delivery& of) {
    return std::string(of.target == "old" ? "a later state" : "");
  };
  asio::io_context io;
  const auto outcomes = run(io, send_now(reporter, deliveries, objection));
  ASSERT_EQ(outcomes.size(), 8U);
  const auto text = [&](std::size_t i) {
    return outcomes[i].target + "/" + outcomes[i].name + "/" + outcomes[i].answer;
  };
  EXPECT_EQ(text(0), "mails/a@x/250");
  EXPECT_EQ(outcomes[0].kind, Kind::delivered);
  EXPECT_EQ(text(1), "mails/b@x/550");
  EXPECT_EQ(outcomes[1].kind, Kind::failed);
  EXPECT_EQ(outcomes[2].kind, Kind::failed);
  EXPECT_FALSE(outcomes[2].refused);
  EXPECT_TRUE(outcomes[3].refused);
  EXPECT_FALSE(outcomes[4].refused) << "it only asks to wait";
  EXPECT_EQ(text(3), "forge//HTTP 422: No commit");
  EXPECT_EQ(outcomes[3].kind, Kind::failed);
  EXPECT_EQ(text(4), "busy//asks to wait 7 s: HTTP 429");
  EXPECT_EQ(text(5), "fine//ok");
  EXPECT_EQ(text(6), "old//a later state");
  EXPECT_EQ(outcomes[6].kind, Kind::skipped);
  EXPECT_EQ(text(7), "none//no revision");
  EXPECT_EQ(reporter->sent.size(), 4U);

  const auto back = outcomes_of(to_json(outcomes));
  ASSERT_EQ(back.size(), outcomes.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].kind, outcomes[i].kind);
    EXPECT_EQ(back[i].refused, outcomes[i].refused);
    EXPECT_EQ(back[i].answer, outcomes[i].answer);
    EXPECT_EQ(back[i].name, outcomes[i].name);
  }
}

TEST(TestOrder, GoesToTheServerAndBack) {
  const std::vector<Example> examples = test_examples();
  ASSERT_FALSE(examples.empty());
  ASSERT_FALSE(examples.front().details.builds.empty());
  for (const Example& example : examples) {
    const reporter::Details back = order_of(to_json(example.details));
    EXPECT_EQ(back.kind, example.details.kind);
    EXPECT_EQ(back.event_id, example.details.event_id);
    EXPECT_EQ(back.source, example.details.source);
    EXPECT_EQ(back.worker, example.details.worker);
    ASSERT_EQ(back.builds.size(), example.details.builds.size());
    for (std::size_t i = 0; i < back.builds.size(); ++i)
      EXPECT_EQ(back.builds[i], example.details.builds[i]);
  }
}

TEST(TestOrder, TheServerWordsAndSends) {
  auto reporter = std::make_shared<test::FakeReporter>();
  auto roster = std::make_shared<pipeline::Roster>();
  roster->entries.push_back({"bot", "", {}, reporter});
  json::object request;
  request["reporter"] = "bot";
  request["details"] = to_json(test_examples().front().details);
  asio::io_context io;
  const auto told = run(io, answer_test_send(roster, request));
  ASSERT_EQ(outcomes_of(told.at("outcomes").as_array()).size(), 1U);
  EXPECT_EQ(reporter->sent.size(), 1U);
  request["reporter"] = "robot";
  EXPECT_NE(string_at(run(io, answer_test_send(roster, request)), "error")->find("robot"), std::string::npos);
}

TEST(TestExamples, SayWhatTheyAreAndNameNobody) {
  const std::vector<Example> tests = test_examples();
  ASSERT_FALSE(tests.empty());
  EXPECT_EQ(tests.front().details.kind, EventKind::build_finished);
  for (const Example& example : tests) {
    EXPECT_EQ(example.details.source, "carillon-test");
    EXPECT_EQ(json::serialize(example.details.buildset).find("example/project"), std::string::npos);
    for (const json::object& build : example.details.builds) {
      const std::string text = json::serialize(build);
      EXPECT_TRUE(responsible_users(build).empty()) << text;
      EXPECT_NE(text.find("this is a test"), std::string::npos);
      EXPECT_EQ(text.find("0123456789abcdef"), std::string::npos) << text;
      EXPECT_EQ(text.find("example/project"), std::string::npos) << text;
      EXPECT_EQ(facts_of(build).builder, "carillon-test");
    }
  }
}

}  // namespace
}  // namespace carillon::server
