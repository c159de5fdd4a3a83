#include "reporter/bitbucket/server_comment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/reporter_fixture.hpp"
#include "reporter/bitbucket/pull_request.hpp"
#include "reporter/common/comment_text.hpp"

namespace carillon::reporter::bitbucket_server_comment {
namespace {

using settings::Value;
using test::fake_object;
using test::Keywords;
using test::order_of;
using test::sample_build;
using test::text;
using test::value_of;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* pr = "projects/PRO/repos/my.repo/pull-requests/20";

json::object pr_build(int results,
                      const std::string& url = "https://bb.example.org/ctx/" + std::string(pr) + "/overview",
                      const std::string& builder = "linux") {
  json::object build = sample_build(results);
  json::array pair;
  pair.emplace_back(url);
  pair.emplace_back("Change");
  build.at("properties").as_object()["pullrequesturl"] = std::move(pair);
  build.at("builder").as_object()["name"] = builder;
  return build;
}

Details set_order(std::vector<json::object> builds) {
  Details details;
  details.kind = EventKind::buildset_complete;
  details.event_id = "ci/buildsets/9/complete";
  details.source = "ci";
  details.builds = Builds(std::move(builds));
  details.buildset["bsid"] = 9;
  details.buildset["results"] = 2;
  return details;
}

std::string activities(std::int64_t id, std::int64_t version, const std::string& comment, bool last = true) {
  json::object page;
  json::object activity;
  activity["action"] = "COMMENTED";
  activity["comment"] = json::object{{"id", id}, {"version", version}, {"text", comment}};
  page["values"] = json::array{json::object{{"action", "OPENED"}}, activity};
  page["isLastPage"] = last;
  page["nextPageStart"] = last ? json::value() : json::value(100);
  return json::serialize(page);
}

const std::string no_activities = R"({"values": [], "isLastPage": true})";

std::shared_ptr<test::FakeObject> formatter(const std::string& body, const std::string& type = "plain") {
  json::object made;
  made["body"] = body;
  made["type"] = type;
  return fake_object(json::value(made));
}

class CommentTest : public test::ReporterTest {
 protected:
  std::unique_ptr<Reporter> make_it(Keywords keywords = {}) {
    keywords.emplace_back("base_url", text("https://bb.example.org/ctx/"));
    keywords.emplace_back("user", text("ann"));
    keywords.emplace_back("password", Value{Secret("s3cr3t")});
    return make(bind(schema(), std::move(keywords)), environment());
  }
  std::unique_ptr<Reporter> saying(const std::string& body, Keywords keywords = {}) {
    keywords.emplace_back("messageFormatter", value_of(formatter(body)));
    return make_it(std::move(keywords));
  }
  Delivery one(Reporter& reporter, const Details& details) {
    const auto deliveries = compose(reporter, details);
    EXPECT_EQ(deliveries.size(), 1U);
    return deliveries.at(0);
  }
  std::string sent_text(std::size_t index) {
    return std::string(json::parse(http_.requests.at(index).body).at("text").as_string());
  }
};

TEST_F(CommentTest, PostsTheMessageToThePullRequest) {
  auto reporter = saying("It **failed**.\n");
  const Delivery delivery = one(*reporter, order_of(pr_build(2)));
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  ASSERT_EQ(http_.requests.size(), 1U) << "no look before a first attempt";
  const http::Request& request = http_.requests[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://bb.example.org/ctx/rest/api/1.0/" + std::string(pr) + "/comments");
  EXPECT_EQ(request.auth->user, "ann");
  EXPECT_EQ(request.auth->password.reveal(), "s3cr3t");
  EXPECT_EQ(json::parse(request.body).as_object().size(), 1U);
  EXPECT_THAT(sent_text(0), StartsWith("It **failed**.\n"));
  EXPECT_THAT(sent_text(0), HasSubstr("\n[//]: # (carillon "));
}

TEST_F(CommentTest, HtmlBecomesTextAndNothingBecomesASummary) {
  auto reporter = make_it({{"messageFormatter", value_of(formatter("<b>a</b> &lt;b<br>", "html"))}});
  EXPECT_EQ(json::parse(one(*reporter, order_of(pr_build(0))).payload).at("text"), "a <b\n");
  reporter = saying(" \n");
  EXPECT_EQ(json::parse(one(*reporter, order_of(pr_build(2))).payload).at("text"),
            "build #3 of linux: failure");
  reporter = make_it({{"messageFormatter", value_of(fake_object(rejected("x.cfg:9: KeyError")))}});
  const Delivery delivery = one(*reporter, order_of(pr_build(2)));
  EXPECT_THAT(delivery.note, HasSubstr("x.cfg:9: KeyError"));
  EXPECT_THAT(delivery.payload, HasSubstr("linux"));
}

TEST_F(CommentTest, LongTextsAreCutAndKeepTheMark) {
  std::string bells;
  for (int i = 0; i < 40000; ++i)
    bells += "\U0001F514";
  auto reporter = saying(bells);
  const Delivery delivery = one(*reporter, order_of(pr_build(2)));
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  const std::string sent = sent_text(0);
  const auto chars =
      std::ranges::count_if(sent, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  EXPECT_EQ(chars, 32768);
  EXPECT_THAT(sent, HasSubstr("\u2026\n\n[//]: # (carillon "));
}

TEST_F(CommentTest, ARepeatedAttemptLooksFirst) {
  auto reporter = saying("text");
  Delivery delivery = one(*reporter, order_of(pr_build(2)));
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  const std::string posted = sent_text(0);
  delivery.maybe_sent = true;
  http_.answer(200, activities(1, 0, "other", false));
  http_.answer(200, activities(2, 0, posted));
  const auto receipt = send(*reporter, delivery);
  ASSERT_TRUE(receipt);
  EXPECT_THAT(receipt->answer, HasSubstr("already there"));
  ASSERT_EQ(http_.requests.size(), 3U);
  EXPECT_EQ(http_.requests[1].url,
            "https://bb.example.org/ctx/rest/api/1.0/" + std::string(pr) + "/activities?limit=100&start=0");
  EXPECT_THAT(http_.requests[2].url, HasSubstr("start=100"));
  http_.answer(200, activities(1, 0, "other"));
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  EXPECT_EQ(http_.requests.back().method, "POST");
  http_.answer(503);
  EXPECT_EQ(send(*reporter, delivery).error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(http_.requests.back().method, "GET") << "not posted without looking";
}

TEST_F(CommentTest, PagesAreBounded) {
  auto reporter = saying("text");
  Delivery delivery = one(*reporter, order_of(pr_build(2)));
  delivery.maybe_sent = true;
  for (int page = 1; page <= 60; ++page) {
    http_.answer(
        200, R"({"values": [], "isLastPage": false, "nextPageStart": )" + std::to_string(page * 100) + "}");
  }
  send(*reporter, delivery);
  EXPECT_EQ(http_.requests.size(), 51U);
  http_.requests.clear();
  http_.answers.clear();
  http_.answer(200, R"({"values": [], "isLastPage": false, "nextPageStart": 0})");
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  EXPECT_EQ(http_.requests.size(), 2U) << "a page that leads back ends the search";
}

TEST_F(CommentTest, WithoutAPullRequestTheReportIsSkipped) {
  auto reporter = make_it();
  const Delivery none = one(*reporter, order_of(sample_build(2)));
  EXPECT_TRUE(none.skip);
  EXPECT_THAT(none.note, HasSubstr("no property pullrequesturl"));
  const Delivery other = one(*reporter, order_of(pr_build(2, "https://github.com/a/b/pull/3")));
  EXPECT_TRUE(other.skip);
  EXPECT_THAT(other.note, HasSubstr("pull-requests/NUMBER"));
}

TEST_F(CommentTest, ABuildsetIsOneCommentPerPullRequest) {
  auto reporter = saying("one;", {{"buildSetSummary", Value{true}}});
  const std::string second = "https://bb.example.org/users/ann/repos/r/pull-requests/3";
  const auto deliveries =
      compose(*reporter, set_order({pr_build(2), pr_build(0, second), pr_build(0), sample_build(0)}));
  ASSERT_EQ(deliveries.size(), 2U);
  EXPECT_EQ(json::parse(deliveries[0].payload).at("text"), "one;\n\none;");
  EXPECT_EQ(json::parse(deliveries[1].payload).at("text"), "one;");
  EXPECT_EQ(deliveries[1].target, "https://bb.example.org/ctx/users/ann/repos/r/pull-requests/3");
  EXPECT_NE(deliveries[0].key, deliveries[1].key);
  EXPECT_THAT(deliveries[0].note, HasSubstr("left out: no pull request"));
}

TEST_F(CommentTest, StickyKeepsOneCommentWithASectionPerBuilder) {
  auto reporter = saying("first", {{"sticky", Value{true}}});
  http_.answer(200, no_activities);
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, one(*reporter, order_of(pr_build(2)))));
  const std::string posted = sent_text(1);
  reporter = saying("second", {{"sticky", Value{true}}});
  http_.answer(200, activities(77, 4, posted));
  http_.answer(200);
  ASSERT_TRUE(send(*reporter, one(*reporter, order_of(pr_build(0, "https://x/" + std::string(pr), "mac")))));
  const http::Request& put = http_.requests.at(3);
  EXPECT_EQ(put.method, "PUT");
  EXPECT_EQ(put.url, "https://bb.example.org/ctx/rest/api/1.0/" + std::string(pr) + "/comments/77");
  EXPECT_EQ(json::parse(put.body).at("version"), 4);
  EXPECT_THAT(sent_text(3), HasSubstr("first"));
  EXPECT_THAT(sent_text(3), HasSubstr("second"));
}

TEST_F(CommentTest, StickyNeverGoesBackAndIsNotRepeated) {
  auto reporter = saying("text", {{"sticky", Value{true}}});
  json::object later = pr_build(0);
  later["started_at"] = 1700000050;
  http_.answer(200, no_activities);
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, one(*reporter, order_of(later))));
  const std::string posted = sent_text(1);
  for (const json::object& build : {later, pr_build(2)}) {
    http_.answer(200, activities(77, 4, posted));
    const auto receipt = send(*reporter, one(*reporter, order_of(build)));
    ASSERT_TRUE(receipt);
    EXPECT_THAT(receipt->answer, HasSubstr("already there"));
    EXPECT_EQ(http_.requests.back().method, "GET");
  }
}

TEST_F(CommentTest, StickyConflictsAreTriedAgainAFewTimes) {
  auto reporter = saying("text", {{"sticky", Value{true}}});
  const Delivery delivery = one(*reporter, order_of(pr_build(0)));
  const std::string there = mark(Mark::link_definition, "sticky BitbucketServerPRCommentPush");
  http_.answer(200, activities(77, 4, there));
  http_.answer(409);
  http_.answer(200, activities(77, 5, there));
  http_.answer(200);
  ASSERT_TRUE(send(*reporter, delivery));
  EXPECT_EQ(json::parse(http_.requests.at(3).body).at("version"), 5);
  http_.requests.clear();
  for (int i = 0; i < 10; ++i) {
    http_.answer(200, activities(77, 5, there));
    http_.answer(409);
  }
  EXPECT_EQ(send(*reporter, delivery).error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(http_.requests.size(), 8U);
}

TEST_F(CommentTest, AStickyCommentThatIsGoneOrNotOursIsPostedAnew) {
  auto reporter = saying("text", {{"sticky", Value{true}}});
  const Delivery delivery = one(*reporter, order_of(pr_build(0)));
  const std::string there = mark(Mark::link_definition, "sticky BitbucketServerPRCommentPush");
  for (const int status : {404, 403}) {
    http_.requests.clear();
    http_.answer(200, activities(77, 4, there));
    http_.answer(status);
    http_.answer(200, activities(78, 4, there));
    http_.answer(status);
    http_.answer(200, activities(78, 4, there));
    http_.answer(201);
    ASSERT_TRUE(send(*reporter, delivery));
    EXPECT_EQ(http_.requests.size(), 6U);
    EXPECT_EQ(http_.requests.back().method, "POST");
  }
}

TEST_F(CommentTest, KeysAreStableAndNoSecretIsShown) {
  auto reporter = saying("text", {{"debug", Value{true}}});
  const Delivery delivery = one(*reporter, order_of(pr_build(2)));
  EXPECT_EQ(delivery.key, "bitbucketserver-comment:ci/builds/7/finished#" + std::string(pr));
  EXPECT_EQ(one(*reporter, order_of(pr_build(2))).key, delivery.key);
  EXPECT_EQ(delivery.status, "");
  http_.answer(401, "no");
  const auto failed = send(*reporter, delivery);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, Failure::Kind::rejected);
  for (const std::string& shown : {delivery.key, delivery.lane, delivery.target, delivery.payload,
                                   delivery.note, failed.error().what, reporter->account()}) {
    EXPECT_THAT(shown, Not(HasSubstr("s3cr3t")));
  }
}

TEST_F(CommentTest, TheManualsArguments) {
  std::vector<std::string> names;
  for (const settings::Argument& argument : schema().arguments)
    names.push_back(argument.name);
  EXPECT_THAT(names, testing::ElementsAre("base_url", "user", "password", "messageFormatter", "verbose",
                                          "debug", "verify", "mode", "tags", "builders", "schedulers",
                                          "branches", "buildSetSummary", "previous", "sticky"));
  EXPECT_FALSE(make_it()->needs().logs);
}

TEST(PullRequestPath, StandsAnywhereInTheUrl) {
  using bitbucket::pull_request_path;
  EXPECT_EQ(pull_request_path("https://h/projects/P/repos/r/pull-requests/20"),
            "projects/P/repos/r/pull-requests/20");
  EXPECT_EQ(pull_request_path("https://h/ctx/users/~a/repos/r/pull-requests/1/overview?x=1#c"),
            "users/~a/repos/r/pull-requests/1");
  for (const char* wrong :
       {"", "https://h/projects/P/repos/r/pull-requests", "https://h/projects/P/repos/r/pull-requests/x",
        "https://h/projects/../repos/r/pull-requests/1", "https://h/x?projects/P/repos/r/pull-requests/1",
        "https://h/projects/P\r\n/repos/r/pull-requests/1"}) {
    EXPECT_FALSE(pull_request_path(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace carillon::reporter::bitbucket_server_comment
