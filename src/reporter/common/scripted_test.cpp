#include "reporter/common/scripted.hpp"

#include <gmock/gmock.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter {
namespace {

using test::fake_object;
using test::FakeObject;
using test::order_of;
using test::sample_build;
using testing::HasSubstr;
using testing::SizeIs;

// One delivery that shows what it was worded from.
class Showing final : public Reporter {
 public:
  Needs needs() const override { return {.properties = false}; }
  Task<std::vector<Delivery>> compose(const Details& details) override {
    Delivery delivery;
    delivery.key = "own";
    delivery.payload = json::serialize(details.builds.front().at("url")) +
                       (details.report ? " " + json::serialize(*details.report) : "");
    co_return std::vector{delivery};
  }
  Task<Receipt> send(const Delivery&) override { co_return Receipt{"own", {}, {}}; }
};

class ScriptedTest : public test::ReporterTest {
 protected:
  std::unique_ptr<Reporter> sending(Result<json::value> composed) {
    self_ = fake_object(nullptr);
    self_->overridden = {"send"};
    self_->by_method = {
        {"_carillon_compose", std::move(composed)},
        {"_carillon_request", json::parse(R"({"base": "https://api.example.org", "verify": true,
                           "path": "/issues/5/comments", "body": "{\"body\": \"x\"}", "auth": null, "headers": [["Authorization", "token hush"], ["X-A", "b"]]})")}};
    return scripted(std::make_unique<Showing>(), self_, environment());
  }
  std::shared_ptr<FakeObject> self_;
};

TEST_F(ScriptedTest, WhoSendsNothingByItselfStaysAsItIs) {
  auto plain = std::make_unique<Showing>();
  const Reporter* same = plain.get();
  auto made = scripted(std::move(plain), nullptr, environment());
  EXPECT_EQ(made.get(), same);
  made = scripted(std::move(made), fake_object(nullptr), environment());
  EXPECT_EQ(made.get(), same);
}

TEST_F(ScriptedTest, AChangedBuildIsWordedByTheReporter) {
  json::object build = sample_build(0);
  build["url"] = "https://logs.example.org/3";
  const auto reporter = sending(json::array{
      json::object{{"own", build}, {"report", json::object{{"body", "Words."}, {"type", "plain"}}}}});
  EXPECT_TRUE(reporter->needs().properties);
  const auto deliveries = compose(*reporter, order_of(sample_build(0)));
  ASSERT_THAT(deliveries, SizeIs(1));
  EXPECT_EQ(deliveries[0].key, "own");
  EXPECT_EQ(deliveries[0].payload, R"("https://logs.example.org/3" {"body":"Words.","type":"plain"})");
  EXPECT_EQ(self_->seen.at(0).args.at(0).at("number"), 3);
  EXPECT_EQ(send(*reporter, deliveries[0])->answer, "own");
}

TEST_F(ScriptedTest, ARequestIsADeliveryAndItsSecretsAreNotKept) {
  const json::object request{{"method", "POST"},
                             {"path", "/issues/5/comments"},
                             {"headers", json::object()},
                             {"type", "application/json"},
                             {"body", R"({"body": "x"})"}};
  const json::object record{{"request", request}, {"base", "https://api.example.org"}};
  const auto reporter = sending(json::array{record, record});
  const auto deliveries = compose(*reporter, order_of(sample_build(2)));
  ASSERT_THAT(deliveries, SizeIs(2));
  EXPECT_EQ(deliveries[0].key, "script:ci/builds/7/finished");
  EXPECT_EQ(deliveries[1].key, "script:ci/builds/7/finished#1");
  EXPECT_EQ(deliveries[0].lane, deliveries[1].lane) << "in their order";
  EXPECT_EQ(deliveries[0].target, "https://api.example.org/issues/5/comments");
  http_.answer(201);
  EXPECT_EQ(send(*reporter, deliveries[0])->answer, "201");
  ASSERT_THAT(http_.requests, SizeIs(1));
  EXPECT_EQ(http_.requests[0].method, "POST");
  EXPECT_EQ(http_.requests[0].url, "https://api.example.org/issues/5/comments");
  EXPECT_EQ(http_.requests[0].body, R"({"body": "x"})");
  EXPECT_THAT(http_.requests[0].headers,
              testing::Contains(testing::Pair(std::string("Authorization"), std::string("token hush"))));
  EXPECT_THAT(deliveries[0].payload, testing::Not(HasSubstr("hush")));
  const Shown shown = reporter->show(deliveries[0]);
  EXPECT_EQ(shown.how, "POST https://api.example.org/issues/5/comments");
  EXPECT_THAT(shown.content, testing::AllOf(HasSubstr("body"), testing::Not(HasSubstr("hush"))));
  http_.answer(500);
  EXPECT_FALSE(send(*reporter, deliveries[1]));
}

TEST_F(ScriptedTest, APostedTextIsNoRequest) {
  const auto reporter = sending(json::array());
  Delivery posted;
  posted.key = "http:ci/builds/7/finished";
  posted.payload =
      R"({"carillon_request":{"method":"POST","path":"@evil.example.org/","headers":{},"body":"x","type":""}})";
  EXPECT_EQ(send(*reporter, posted)->answer, "own");
  EXPECT_TRUE(http_.requests.empty());
}

TEST_F(ScriptedTest, APathStaysOnItsHost) {
  for (const char* path : {"@evil.example.org/", ":99/", "evil.example.org", ".evil.example.org/"}) {
    const json::object request{
        {"method", "POST"}, {"path", path}, {"headers", json::object()}, {"type", ""}, {"body", "x"}};
    const auto reporter = sending(json::array{json::object{{"request", request}, {"base", "https://h"}}});
    const auto deliveries = compose(*reporter, order_of(sample_build(2)));
    ASSERT_THAT(deliveries, SizeIs(1));
    self_->by_method = {{"_carillon_request", json::object{{"base", "https://h"},
                                                           {"path", path},
                                                           {"body", "x"},
                                                           {"headers", json::array()},
                                                           {"verify", true},
                                                           {"auth", nullptr}}}};
    const auto sent = send(*reporter, deliveries[0]);
    ASSERT_FALSE(sent) << path;
    EXPECT_EQ(sent.error().what, "the path of a request must begin with / or ?");
    EXPECT_TRUE(http_.requests.empty());
  }
}

TEST_F(ScriptedTest, WhatIsAskedInVainIsAskedAgain) {
  const auto reporter = sending(json::object{{"again", "GET http://h: refused"}});
  const auto worded = test::run(io_, reporter->compose(order_of(sample_build(2))));
  ASSERT_FALSE(worded);
  EXPECT_EQ(worded.error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(worded.error().what, "send of x.cfg:9 asked in vain: GET http://h: refused");
}

TEST_F(ScriptedTest, NothingSentIsTold) {
  const auto deliveries = compose(*sending(json::array()), order_of(sample_build(0)));
  ASSERT_THAT(deliveries, SizeIs(1));
  EXPECT_TRUE(deliveries[0].skip);
  EXPECT_EQ(deliveries[0].note, "send of x.cfg:9 sends nothing for this build");
}

TEST_F(ScriptedTest, AFailureLeavesItToTheReportersWords) {
  const auto deliveries = compose(*sending(rejected("x.cfg:12: KeyError: 'n'")), order_of(sample_build(-1)));
  ASSERT_THAT(deliveries, SizeIs(1));
  EXPECT_FALSE(deliveries[0].skip);
  EXPECT_EQ(deliveries[0].note,
            "send of x.cfg:9 failed, so the reporter's own words are sent: x.cfg:12: KeyError: 'n'");
}

TEST_F(ScriptedTest, AGeneratorsReportGoesThroughSendMessage) {
  const auto reporter = sending(json::array());
  Details details = order_of(sample_build(2));
  details.report = json::object{{"body", "Made."}, {"type", "plain"}};
  EXPECT_EQ(compose(*reporter, details).at(0).key, "own") << "send() is for builds";
  EXPECT_TRUE(self_->seen.empty());
  self_ = fake_object(nullptr);
  self_->overridden = {"sendMessage"};
  self_->by_method = {
      {"_carillon_compose_report", json::array{json::object{{"report", json::object{{"body", "Other."}}}}}}};
  const auto other = scripted(std::make_unique<Showing>(), self_, environment());
  const auto deliveries = compose(*other, details);
  ASSERT_THAT(deliveries, SizeIs(1));
  EXPECT_THAT(deliveries[0].payload, HasSubstr(R"({"body":"Other."})"));
  ASSERT_THAT(self_->seen, SizeIs(1));
  EXPECT_EQ(self_->seen[0].args.at(0).at("body"), "Made.");
  EXPECT_EQ(self_->seen[0].args.at(1).at(0).at("number"), 3);
}

TEST_F(ScriptedTest, WaitingRequestsAreNotAskedAbout) {
  const auto reporter = sending(json::array());
  const auto deliveries = compose(*reporter, test::request_order());
  ASSERT_THAT(deliveries, SizeIs(1));
  EXPECT_EQ(deliveries[0].key, "own");
  EXPECT_TRUE(self_->seen.empty());
}

}  // namespace
}  // namespace carillon::reporter
