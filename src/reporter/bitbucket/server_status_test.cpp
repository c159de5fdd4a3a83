#include "reporter/bitbucket/server_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter::bitbucket_server {
namespace {

using settings::Value;
using test::fake_object;
using test::Keywords;
using test::order_of;
using test::request_order;
using test::sample_build;
using test::sourcestamp;
using test::text;
using test::value_of;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ServerTest : public test::ReporterTest {
 protected:
  std::unique_ptr<Reporter> make_it(Keywords keywords = {},
                                    const std::string& url = "https://bb.example.org/ctx/") {
    keywords.emplace_back("base_url", text(url));
    keywords.emplace_back("user", text("ann"));
    keywords.emplace_back("password", Value{Secret("s3cr3t")});
    return make(bind(schema(), std::move(keywords)), environment());
  }
  Delivery one(Reporter& reporter, const Details& details) {
    const auto deliveries = compose(reporter, details);
    EXPECT_EQ(deliveries.size(), 1U);
    return deliveries.at(0);
  }
  json::object body(const Details& details, Keywords keywords = {}) {
    const auto reporter = make_it(std::move(keywords));
    return json::parse(one(*reporter, details).payload).at("body").as_object();
  }
};

TEST_F(ServerTest, AForcedBuildIsReportedOnWhatWasCheckedOut) {
  json::object build = sample_build(2);
  sourcestamp(build)["revision"] = nullptr;
  build.at("properties").as_object()["got_revision"] =
      json::array{"89abcdef0123456789abcdef0123456789abcdef", "Git"};
  EXPECT_THAT(one(*make_it(), order_of(build)).payload,
              HasSubstr("89abcdef0123456789abcdef0123456789abcdef"));
}

TEST_F(ServerTest, EveryResultHasItsState) {
  const char* const expected[] = {"SUCCESSFUL", "SUCCESSFUL", "FAILED", "SUCCESSFUL",
                                  "FAILED",     "INPROGRESS", "FAILED"};
  for (int results = 0; results < 7; ++results) {
    EXPECT_EQ(body(order_of(sample_build(results))).at("state"), expected[results]) << results;
  }
  EXPECT_EQ(body(order_of(sample_build(-1))).at("state"), "INPROGRESS");
  EXPECT_EQ(body(order_of(sample_build(-1))).at("description"), "Build started.");
  const json::object waiting = body(request_order(), {{"pendingDescription", text("waits")}});
  EXPECT_EQ(waiting.at("state"), "INPROGRESS");
  EXPECT_EQ(waiting.at("description"), "waits");
  EXPECT_EQ(body(request_order(6)).at("state"), "FAILED");
}

TEST_F(ServerTest, TheBodyIsWhatTheServerAsksFor) {
  EXPECT_EQ(body(order_of(sample_build(1))),
            json::parse(R"({"state": "SUCCESSFUL", "key": "linux", "description": "Build done.",
                            "url": "http://ci.example.org/#builders/2/builds/3"})")
                .as_object());
  const auto number = fake_object(json::value(17));
  const json::object own =
      body(order_of(sample_build(0)), {{"key", value_of(number)}, {"statusName", text("Linux")}});
  EXPECT_EQ(own.at("key"), "17");
  EXPECT_EQ(own.at("name"), "Linux");
}

TEST_F(ServerTest, SendsWithBasicAuthenticationWhateverTheUrlsEnd) {
  for (const char* url : {"https://bb.example.org/ctx/", "https://bb.example.org/ctx"}) {
    http_.requests.clear();
    auto reporter = make_it({{"verify", Value{false}}}, url);
    http_.answer(204);
    const auto receipt = send(*reporter, one(*reporter, order_of(sample_build(0))));
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->answer, "204");
    const http::Request& request = http_.requests.at(0);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url,
              "https://bb.example.org/ctx/rest/build-status/1.0/commits/"
              "0123456789abcdef0123456789abcdef01234567");
    EXPECT_EQ(request.auth->user, "ann");
    EXPECT_EQ(request.auth->password.reveal(), "s3cr3t");
    EXPECT_FALSE(request.verify);
  }
}

TEST_F(ServerTest, LimitsAreKept) {
  std::string bells;
  for (int i = 0; i < 300; ++i)
    bells += "\U0001F514";
  json::object build = sample_build(0);
  build["url"] = "http://ci.example.org/" + std::string(450, 'x');
  auto reporter = make_it(
      {{"key", text(bells)}, {"statusName", text(bells)}, {"endDescription", text("a\r\nb" + bells)}});
  const Delivery delivery = one(*reporter, order_of(build));
  const json::value got = json::parse(delivery.payload).at("body");
  EXPECT_EQ(got.at("key").as_string().size(), std::size_t{238 * 4 + 17});
  EXPECT_EQ(got.at("name").as_string().size(), std::size_t{254 * 4 + 3});
  EXPECT_EQ(got.at("description").as_string().size(), std::size_t{3 + 251 * 4 + 3});
  EXPECT_THAT(std::string(got.at("description").as_string()), StartsWith("a b\U0001F514"));
  EXPECT_EQ(got.at("url"), "http://carillon/");
  EXPECT_THAT(delivery.note, HasSubstr("longer than 450"));
}

TEST_F(ServerTest, AFailingRenderableIsNotedAndTheStatusGoesOut) {
  const auto broken = fake_object(rejected("x.cfg:9: KeyError: 'x'"));
  auto reporter = make_it(
      {{"key", value_of(broken)}, {"statusName", value_of(broken)}, {"endDescription", value_of(broken)}});
  const Delivery delivery = one(*reporter, order_of(sample_build(0)));
  const json::value got = json::parse(delivery.payload).at("body");
  EXPECT_EQ(got.at("key"), "linux");
  EXPECT_FALSE(got.as_object().contains("name"));
  EXPECT_EQ(got.at("description"), "Build done.");
  for (const char* argument : {"key failed", "statusName failed", "endDescription failed"}) {
    EXPECT_THAT(delivery.note, HasSubstr(argument));
  }
}

TEST_F(ServerTest, AStatusGoesOutWithoutWhatIsRefused) {
  auto reporter = make_it();
  http_.answer(400, R"({"errors": [{"context": "description", "message": "odd"}]})");
  http_.answer(204);
  const auto receipt = send(*reporter, one(*reporter, order_of(sample_build(0))));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->answer, "204; without description, which the service refuses");
  EXPECT_FALSE(json::parse(http_.requests.at(1).body).as_object().contains("description"));
}

TEST_F(ServerTest, WithoutARevisionTheReportIsSkipped) {
  json::object build = sample_build(0);
  sourcestamp(build)["revision"] = nullptr;
  auto reporter = make_it();
  const Delivery skipped = one(*reporter, order_of(build));
  EXPECT_TRUE(skipped.skip);
  EXPECT_EQ(skipped.note, "no revision");
  sourcestamp(build)["revision"] = "../../x";
  EXPECT_TRUE(one(*reporter, order_of(build)).skip);
}

TEST_F(ServerTest, KeysAreStableLaterStatesRankHigherAndNoSecretIsShown) {
  auto reporter = make_it({}, "https://ann:s3cr3t@bb.example.org");
  const Delivery started = one(*reporter, order_of(sample_build(-1)));
  const Delivery ended = one(*reporter, order_of(sample_build(0)));
  EXPECT_EQ(ended.key, "bitbucketserver:ci/builds/7/finished#0");
  EXPECT_EQ(started.status, ended.status);
  EXPECT_LT(started.rank, ended.rank);
  http_.answer(401, "no");
  const auto failed = send(*reporter, ended);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, Failure::Kind::rejected);
  for (const std::string& shown : {ended.key, ended.lane, ended.status, ended.target, ended.payload,
                                   ended.note, failed.error().what, reporter->account()}) {
    EXPECT_THAT(shown, Not(HasSubstr("s3cr3t")));
  }
}

TEST_F(ServerTest, TheManualsArgumentsAndTheOldName) {
  std::vector<std::string> names;
  for (const settings::Argument& argument : schema().arguments)
    names.push_back(argument.name);
  names.resize(8);
  EXPECT_THAT(names, testing::ElementsAre("base_url", "user", "password", "key", "statusName",
                                          "startDescription", "endDescription", "verbose"));
  EXPECT_THAT(schema().aliases, testing::ElementsAre("StashStatusPush"));
  EXPECT_THAT(error_of([&] { make_it({}, "bb.example.org"); }), HasSubstr("base_url"));
}

}  // namespace
}  // namespace carillon::reporter::bitbucket_server
