#include "reporter/gerrit/gerrit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/process.hpp"
#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter::gerrit {
namespace {

using settings::Value;
using test::fake_object;
using test::FakeObject;
using test::Keywords;
using test::order_of;
using test::sample_build;
using test::text;
using test::value_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string commit = "0123456789abcdef0123456789abcdef01234567";

class GerritTest : public test::ReporterTest {
 protected:
  settings::Arguments arguments(Keywords keywords) {
    keywords.emplace_back("server", text("gerrit.example.org"));
    keywords.emplace_back("username", text("ci"));
    return bind(schema(), std::move(keywords));
  }
  std::unique_ptr<Reporter> make_it(Keywords keywords = {}) {
    auto runner = std::make_unique<test::FakeRunner>();
    runner_ = runner.get();
    return make(arguments(std::move(keywords)), environment(), std::move(runner));
  }
  std::string error_with(Keywords keywords) {
    return error_of([&] { make_it(std::move(keywords)); });
  }
  static json::object gerrit_build(int results) {
    json::object build = sample_build(results);
    json::object& properties = build.at("properties").as_object();
    properties["event.change.id"] = json::array{"I1", "Change"};
    properties["event.change.project"] = json::array{"example/project", "Change"};
    properties["event.patchSet.revision"] = json::array{commit, "Change"};
    return build;
  }
  static Details buildset_order(int results) {
    Details details = order_of(gerrit_build(results));
    details.kind = EventKind::buildset_complete;
    details.event_id = "ci/buildsets/9/complete";
    details.buildset["bsid"] = 9;
    details.buildset["results"] = results;
    return details;
  }
  Delivery one(Reporter& reporter, const Details& details) { return compose(reporter, details).at(0); }
  static json::object payload(const Delivery& delivery) { return json::parse(delivery.payload).as_object(); }

  test::FakeRunner* runner_ = nullptr;
};

Value integer(std::int64_t number) {
  return Value{number};
}

TEST_F(GerritTest, TheCallbacksSayWhatIsReported) {
  const Value callback = value_of(fake_object(json::object()));
  const auto told = [&](Keywords keywords) {
    const Reported events = reported(arguments(std::move(keywords)));
    return std::string(events.started ? "start " : "") + (events.finished ? "end " : "") +
           (events.buildsets ? "set" : "");
  };
  EXPECT_EQ(told({}), "set") << "a built-in summaryCB";
  EXPECT_EQ(told({{"startCB", callback}}), "start set");
  EXPECT_EQ(told({{"reviewCB", callback}}), "end ");
  EXPECT_EQ(told({{"summaryCB", callback}}), "set");
  EXPECT_EQ(told({{"reviewCB", callback}, {"summaryCB", callback}}), "end set");
  EXPECT_EQ(told({{"summaryCB", Value{}}}), "") << "None is no default";
  EXPECT_EQ(told({{"reviewCB", Value{}}}), "");
  EXPECT_EQ(told({{"startCB", Value{}}}), "set");
}

TEST_F(GerritTest, TheArgumentsStandInBuildbotsOrder) {
  std::vector<std::string> names;
  for (const settings::Argument& argument : schema().arguments)
    names.push_back(argument.name);
  names.resize(14);
  EXPECT_THAT(names, ElementsAre("server", "username", "reviewCB", "startCB", "port", "reviewArg", "startArg",
                                 "summaryCB", "summaryArg", "identity_file", "builders", "notify",
                                 "wantSteps", "wantLogs"));
}

TEST_F(GerritTest, ReviewCallbacksGetBuildbotsArguments) {
  auto review = fake_object(json::parse(R"({"message": "m", "labels": {"Verified": 1}})"));
  auto start = fake_object(json::parse(R"({"message": "s"})"));
  auto reporter = make_it({{"reviewCB", value_of(review)},
                           {"startCB", value_of(start)},
                           {"reviewArg", text("http://x/")},
                           {"startArg", Value{settings::List{integer(7)}}}});
  json::object build = gerrit_build(2);
  build["steps"] = json::array{json::object()};
  const Delivery delivery = one(*reporter, order_of(build));
  ASSERT_EQ(review->seen.size(), 1U);
  const json::array& args = review->seen[0].args;
  ASSERT_EQ(args.size(), 5U);
  EXPECT_EQ(args[0], "linux");
  EXPECT_EQ(args[1].at("number"), 3);
  EXPECT_FALSE(args[1].as_object().contains("steps")) << "not asked for";
  EXPECT_EQ(args[2], 2);
  EXPECT_EQ(args[3], settings::Object::master_argument());
  EXPECT_EQ(args[4], "http://x/");
  EXPECT_EQ(review->seen[0].source, "ci");
  EXPECT_EQ(payload(delivery).at("message"), "m");
  one(*reporter, order_of(gerrit_build(-1)));
  ASSERT_EQ(start->seen.at(0).args.size(), 3U);
  EXPECT_EQ(start->seen[0].args[2], json::array{7});
}

TEST_F(GerritTest, CallbacksGetLogsWhenAskedForOnly) {
  json::object build = gerrit_build(0);
  build["steps"] = json::parse(R"([{"name": "make", "logs": [{"name": "stdio"}]}])");
  const auto seen = [&](const char* which, Keywords keywords, Details details) {
    auto callback = fake_object(json::parse(R"({"message": "m"})"));
    keywords.emplace_back(which, value_of(callback));
    one(*make_it(std::move(keywords)), details);
    return callback->seen.at(0).args;
  };
  const Keywords steps = {{"wantSteps", Value{true}}};
  const Keywords logs = {{"wantSteps", Value{true}}, {"wantLogs", Value{true}}};
  const json::value bare = json::parse(R"([{"name": "make"}])");
  EXPECT_EQ(seen("reviewCB", steps, order_of(build)).at(1).at("steps"), bare);
  EXPECT_EQ(seen("reviewCB", logs, order_of(build)).at(1).at("steps"), build["steps"]);
  Details set = buildset_order(0);
  set.builds.edit(0) = build;
  EXPECT_EQ(seen("summaryCB", steps, set).at(0).at(0).at("build").at("steps"), bare);
  EXPECT_EQ(seen("summaryCB", logs, set).at(0).at(0).at("build").at("steps"), build["steps"]);
}

TEST_F(GerritTest, SummaryCallbacksGetBuildbotsArguments) {
  auto summary = fake_object(json::parse(R"(["sum", 1, 0])"));
  auto reporter = make_it({{"summaryCB", value_of(summary)}, {"wantSteps", Value{true}}});
  Details details = buildset_order(0);
  const Delivery delivery = one(*reporter, details);
  const json::array& args = summary->seen.at(0).args;
  ASSERT_EQ(args.size(), 4U);
  EXPECT_EQ(args[0].at(0).at("name"), "linux");
  EXPECT_TRUE(args[0].at(0).at("build").as_object().contains("steps"));
  EXPECT_EQ(args[1], "success");
  EXPECT_EQ(args[2], settings::Object::master_argument());
  EXPECT_TRUE(args[3].is_null());
  EXPECT_EQ(payload(delivery).at("labels"), json::parse(R"([["Verified", 1], ["Code-Review", 0]])"));
  EXPECT_EQ(delivery.summary, "buildset 9 (1 build): success");
}

TEST_F(GerritTest, AReviewGoesOutWithoutALabelThatIsRefused) {
  const auto review = fake_object(
      json::parse(R"({"message": "m", "labels": {"Verified": 1, "Lint": -1, "Code-Review": 1}})"));
  auto reporter = make_it({{"reviewCB", value_of(review)}});
  const Delivery delivery = one(*reporter, order_of(gerrit_build(0)));
  runner_->end(0, "gerrit version 3.9.1\n");
  runner_->end(1, "", "error: label \"Lint\" is not a configured label\nfatal: one or more reviews failed");
  runner_->end(1, "", "error: Applying label \"Verified\": 1 is restricted\n");
  runner_->end(0);
  const auto receipt = send(*reporter, delivery);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(
      receipt->answer,
      "reviewed; label Lint left out: gerrit: exit code 1: error: label \"Lint\" is not a configured label; "
      "label Verified left out: gerrit: exit code 1: error: Applying label \"Verified\": 1 is restricted");
  ASSERT_EQ(runner_->runs.size(), 4U);
  EXPECT_THAT(runner_->runs[1].back(), testing::HasSubstr("Lint=-1"));
  EXPECT_THAT(runner_->runs[2].back(), testing::Not(testing::HasSubstr("Lint")));
  EXPECT_THAT(runner_->runs[3].back(), testing::HasSubstr("--label Code-Review=1"));
  EXPECT_THAT(runner_->runs[3].back(), testing::Not(testing::HasSubstr("Verified")));
}

TEST_F(GerritTest, ARefusalOfSomethingElseStays) {
  const auto review = fake_object(json::parse(R"({"message": "m", "labels": {"Verified": 1}})"));
  auto reporter = make_it({{"reviewCB", value_of(review)}});
  runner_->end(0, "gerrit version 3.9.1\n");
  runner_->end(1, "", "error: no such change\n");
  EXPECT_EQ(send(*reporter, one(*reporter, order_of(gerrit_build(0)))).error().kind, Failure::Kind::rejected);
  EXPECT_EQ(runner_->runs.size(), 2U);
}

TEST_F(GerritTest, DeliveriesNameThePatch) {
  auto reporter = make_it();
  const Delivery delivery = one(*reporter, buildset_order(0));
  EXPECT_EQ(delivery.key, "gerrit:ci/buildsets/9/complete#example/project " + commit);
  EXPECT_EQ(delivery.lane, "gerrit example/project " + commit);
  EXPECT_EQ(delivery.target, "ci@gerrit.example.org:29418 example/project " + commit);
  EXPECT_EQ(delivery.status, "") << "each review is a comment of its own";
  EXPECT_EQ(delivery.note, "");
  EXPECT_EQ(one(*reporter, buildset_order(0)).key, delivery.key);
}

TEST_F(GerritTest, EveryDownloadOfRepoGetsItsReview) {
  auto reporter = make_it();
  Details details = buildset_order(2);
  json::object& properties = details.builds.edit(0).at("properties").as_object();
  properties["repo_downloads"] = json::parse(R"([["a 1/1", "b 2/1"], "Repo"])");
  properties["repo_downloaded"] = json::parse(R"(["1/1 aaaa 2/1 bbbb", "Repo"])");
  const auto deliveries = compose(*reporter, details);
  ASSERT_EQ(deliveries.size(), 2U);
  EXPECT_EQ(payload(deliveries[0]).at("project"), "a");
  EXPECT_EQ(payload(deliveries[1]).at("revision"), "bbbb");
  EXPECT_NE(deliveries[0].key, deliveries[1].key);
}

TEST_F(GerritTest, ABuildOfNoChangeIsSkippedWithTheReason) {
  auto reporter = make_it();
  Details details = buildset_order(2);
  details.builds.edit(0) = sample_build(2);
  const auto deliveries = compose(*reporter, details);
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_TRUE(deliveries[0].skip);
  EXPECT_THAT(deliveries[0].note, HasSubstr("no change of Gerrit"));
}

TEST_F(GerritTest, ACallbackThatWantsNothingGetsNothing) {
  auto reporter = make_it({{"reviewCB", value_of(fake_object(json::object()))}});
  const Delivery silent = one(*reporter, order_of(gerrit_build(0)));
  EXPECT_TRUE(silent.skip);
  EXPECT_EQ(silent.note, "reviewCB returned no message");
  EXPECT_THAT(compose(*reporter, test::request_order(6)), IsEmpty());
}

TEST_F(GerritTest, ACallbackThatFailsLosesNoReview) {
  const std::vector<Result<json::value>> answers = {rejected("x.cfg:9: KeyError: 'x'"), json::value(7)};
  for (const Result<json::value>& answer : answers) {
    for (const char* name : {"reviewCB", "summaryCB", "startCB"}) {
      auto reporter = make_it({{name, value_of(fake_object(answer))}});
      const bool start = std::string_view(name) == "startCB";
      const bool review = std::string_view(name) == "reviewCB";
      const Details details = start    ? order_of(gerrit_build(-1))
                              : review ? order_of(gerrit_build(2))
                                       : buildset_order(2);
      const Delivery delivery = one(*reporter, details);
      EXPECT_FALSE(delivery.skip);
      EXPECT_THAT(delivery.note, AllOf(HasSubstr(name), HasSubstr("x.cfg:9"), HasSubstr("built-in")));
      EXPECT_THAT(delivery.payload, HasSubstr("Builder linux"));
      EXPECT_EQ(delivery.payload.find("Verified") == std::string::npos, start);
    }
  }
  auto reporter = make_it({{"reviewCB", value_of(fake_object(rejected("x.cfg:9: no")))}});
  const Delivery retried = one(*reporter, order_of(gerrit_build(5)));
  EXPECT_TRUE(retried.skip);
  EXPECT_THAT(retried.note, HasSubstr("x.cfg:9: no"));
}

TEST_F(GerritTest, OneSshCommandAfterTheVersion) {
  auto reporter = make_it({{"identity_file", text("/k")},
                           {"port", integer(29)},
                           {"notify", text("OWNER")},
                           {"ssh_options", Value{settings::List{text("UserKnownHostsFile=/h")}}},
                           {"timeout", Value{2.5}}});
  const Delivery delivery = one(*reporter, buildset_order(0));
  runner_->end(0, "gerrit version 2.16.3\n");
  const auto receipt = send(*reporter, delivery);
  ASSERT_TRUE(receipt) << receipt.error().what;
  ASSERT_EQ(runner_->runs.size(), 2U);
  EXPECT_THAT(runner_->runs[0], ElementsAre("ssh", "-o", "BatchMode=yes", "-o", "UserKnownHostsFile=/h", "-o",
                                            "ConnectTimeout=1", "-o", "ServerAliveInterval=15", "-p", "29",
                                            "-i", "/k", "ci@gerrit.example.org", "gerrit version"));
  EXPECT_THAT(runner_->runs[1].back(),
              AllOf(testing::StartsWith(
                        "gerrit review --project example/project --notify OWNER --tag "
                        "autogenerated:carillon --message 'Builder linux succeeded (build successful)"),
                    testing::EndsWith(" --label Verified=1 " + commit)));
  EXPECT_EQ(runner_->limits[1].time, std::chrono::milliseconds(2500));
  EXPECT_TRUE(send(*reporter, delivery));
  EXPECT_EQ(runner_->runs.size(), 3U) << "the version is known for ten minutes";
  clock_.advance(600'000);
  runner_->end(0, "gerrit version 2.16.3\n");
  EXPECT_TRUE(send(*reporter, delivery));
  EXPECT_EQ(runner_->runs.size(), 5U);
}

TEST_F(GerritTest, AVersionThatCannotBeReadIsTriedAgain) {
  auto reporter = make_it();
  const Delivery delivery = one(*reporter, buildset_order(0));
  runner_->end(127, "", "bash: gerrit: command not found");
  auto receipt = send(*reporter, delivery);
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().kind, Failure::Kind::unreachable);
  runner_->end(0, "hello");
  receipt = send(*reporter, delivery);
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(runner_->runs.size(), 2U) << "no review without a version";
  runner_->end(0, "gerrit version 2.5\n");
  EXPECT_TRUE(send(*reporter, delivery));
  EXPECT_THAT(runner_->runs.back().back(), HasSubstr(" --verified 1 "));
}

TEST_F(GerritTest, RefusalsAndFailuresAreToldApart) {
  auto reporter = make_it();
  const Delivery delivery = one(*reporter, buildset_order(0));
  runner_->end(0, "gerrit version 3.4\n");
  runner_->end(1, "", "error: project not found\nfatal: one or more reviews failed\n");
  auto receipt = send(*reporter, delivery);
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().kind, Failure::Kind::rejected);
  EXPECT_THAT(receipt.error().what, HasSubstr("error: project not found"));
  runner_->end(255, "", "ci@gerrit.example.org: Permission denied (publickey).");
  receipt = send(*reporter, delivery);
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().kind, Failure::Kind::unreachable);
  runner_->ends.emplace_back(unreachable("ssh did not end within 60 s"));
  receipt = send(*reporter, delivery);
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().what, "ssh did not end within 60 s");
}

TEST_F(GerritTest, ALabelThatAnOldGerritDoesNotKnowIsNamed) {
  auto reporter = make_it(
      {{"summaryCB", value_of(fake_object(json::parse(R"({"message": "m", "labels": {"Own": 1}})")))}});
  const Delivery delivery = one(*reporter, buildset_order(0));
  runner_->end(0, "gerrit version 2.4\n");
  EXPECT_THAT(send(*reporter, delivery)->answer, HasSubstr("label Own left out"));
}

TEST_F(GerritTest, WhatMayHaveArrivedIsLookedUpFirst) {
  auto reporter = make_it();
  Delivery delivery = one(*reporter, buildset_order(0));
  delivery.maybe_sent = true;
  json::object comment;
  comment["timestamp"] = clock_.now() / 1000;
  comment["reviewer"] = json::parse(R"({"username": "ci"})");
  comment["message"] =
      "Patch Set 1: Verified+1\n\n" + std::string(payload(delivery).at("message").as_string());
  json::object change;
  change["project"] = "example/project";
  change["comments"] = json::array{comment};
  runner_->end(0, "gerrit version 3.4\n");
  runner_->end(0, json::serialize(change) + "\n");
  EXPECT_EQ(send(*reporter, delivery)->answer, "the review is there already");
  EXPECT_THAT(runner_->runs.back().back(),
              HasSubstr("gerrit query --format=JSON --comments commit:" + commit));
  runner_->end(0, "{\"type\":\"stats\"}\n");
  EXPECT_EQ(send(*reporter, delivery)->answer, "reviewed");
  EXPECT_THAT(runner_->runs.back().back(), HasSubstr("gerrit review"));
  runner_->end(1, "", "fatal: not permitted");
  EXPECT_EQ(send(*reporter, delivery)->answer, "reviewed") << "who may not look may still send";
  runner_->end(255, "", "Connection refused");
  EXPECT_FALSE(send(*reporter, delivery));
}

TEST_F(GerritTest, AnObjectGivenAsArgumentLivesAsLongAsTheReporter) {
  auto object = fake_object(nullptr);
  const std::weak_ptr<FakeObject> alive = object;
  auto reporter =
      make_it({{"startCB", value_of(fake_object(nullptr))}, {"startArg", value_of(std::move(object))}});
  EXPECT_FALSE(alive.expired());
  reporter.reset();
  EXPECT_TRUE(alive.expired());
}

TEST_F(GerritTest, ArgumentsForCallbacksAreHandedOver) {
  auto review = fake_object(json::parse(R"({"message": "m"})"));
  auto reporter = make_it({{"reviewCB", value_of(review)}, {"reviewArg", Value{Secret("s3cret")}}});
  const Delivery delivery = one(*reporter, order_of(gerrit_build(0)));
  EXPECT_EQ(review->seen.at(0).args.back(), "s3cret");
  EXPECT_THAT(delivery.payload + delivery.note + delivery.target + delivery.key, Not(HasSubstr("s3cret")));
  EXPECT_THAT(error_with({{"reviewArg", Value{settings::List{value_of(fake_object(nullptr))}}}}),
              HasSubstr("x.cfg:3: GerritStatusPush(reviewArg=...)"));
}

TEST_F(GerritTest, BadArgumentsAreRefusedByName) {
  EXPECT_THAT(error_with({{"port", integer(0)}}), HasSubstr("GerritStatusPush(port=...)"));
  EXPECT_THAT(error_with({{"port", integer(65536)}}), HasSubstr("(port=...)"));
  EXPECT_THAT(error_with({{"timeout", integer(0)}}), HasSubstr("(timeout=...)"));
  EXPECT_THAT(error_with({{"notify", text("ALL; id")}}), HasSubstr("(notify=...)"));
  EXPECT_THAT(error_with({{"identity_file", text("")}}), HasSubstr("(identity_file=...)"));
  EXPECT_THAT(error_with({{"ssh_options", Value{settings::List{text("-F")}}}}),
              HasSubstr("(ssh_options=...)"));
  const auto named = [&](const char* server, const char* user) {
    return error_of([&] {
      make(bind(schema(), {{"server", text(server)}, {"username", text(user)}}), environment(),
           std::make_unique<test::FakeRunner>());
    });
  };
  for (const char* server : {"-oProxyCommand=id", "a b", "", "a/b", "a@b", "a;b", "a\nb"})
    EXPECT_THAT(named(server, "ci"), HasSubstr("(server=...)")) << server;
  for (const char* user : {"-lroot", "a b", "", "$(id)"})
    EXPECT_THAT(named("h", user), HasSubstr("(username=...)")) << user;
  EXPECT_EQ(named("::1", "a.b-c@d"), "no error");
}

TEST_F(GerritTest, NeedsFollowTheArguments) {
  EXPECT_FALSE(make_it()->needs().steps);
  EXPECT_TRUE(make_it()->needs().properties);
  EXPECT_FALSE(make_it({{"wantLogs", Value{true}}})->needs().logs);
  EXPECT_TRUE(make_it({{"wantLogs", Value{true}}, {"wantSteps", Value{true}}})->needs().logs);
}

}  // namespace
}  // namespace carillon::reporter::gerrit
