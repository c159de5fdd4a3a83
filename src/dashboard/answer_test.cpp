#include "dashboard/answer.hpp"

#include <gtest/gtest.h>

#include "dashboard/fields.hpp"
#include "dashboard/links.hpp"
#include "dashboard/repeats.hpp"

namespace carillon::dashboard {
namespace {

std::string value_of(const web::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

TEST(Answer, WhoHasItAlreadyGetsNoBody) {
  web::Head head;
  web::Response page;
  page.body = "a page";
  const web::Response first = tagged(page, head);
  const std::string tag = value_of(first, "ETag");
  ASSERT_FALSE(tag.empty());
  head.headers["if-none-match"] = "\"other\", " + tag;
  const web::Response again = tagged(page, head);
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  page.body = "another page";
  EXPECT_EQ(tagged(page, head).status, 200);
}

TEST(Answer, LargeOnesAreCompressedForWhoTakesIt) {
  web::Head head;
  web::Response page;
  page.body = std::string(5000, 'x');
  EXPECT_EQ(tagged(page, head).body.size(), 5000U);
  head.headers["accept-encoding"] = "br, gzip;q=0";
  EXPECT_EQ(tagged(page, head).body.size(), 5000U);
  head.headers["accept-encoding"] = "br, gzip";
  const web::Response small = tagged(page, head);
  EXPECT_LT(small.body.size(), 100U);
  EXPECT_EQ(small.body.substr(0, 2), "\x1f\x8b");
  EXPECT_EQ(value_of(small, "Content-Encoding"), "gzip");
}

TEST(Fields, ReadsAQuery) {
  const Fields fields = Fields::parse("builder=a%2Fb+c&limit=7&since=2h&empty&twice=1&twice=2");
  EXPECT_EQ(fields.text("builder"), "a/b c");
  EXPECT_EQ(fields.text("twice"), "2");
  EXPECT_EQ(fields.text("nonesuch"), "");
  EXPECT_TRUE(fields.has("empty"));
  EXPECT_EQ(fields.number("limit", 1, 10).value(), 7);
  EXPECT_EQ(fields.number("nonesuch", 1, 10).value(), std::nullopt);
  EXPECT_EQ(fields.number("limit", 1, 6).error().what, "limit: must be a whole number from 1 to 6, not '7'");
  EXPECT_EQ(fields.since("since", 10'000'000).value(), 2'800'000);
  EXPECT_EQ(fields.query_with("before", "9"), "?builder=a%2Fb%20c&limit=7&since=2h&twice=2&before=9");
  EXPECT_FALSE(Fields::parse("since=soon").since("since", 0));
}

TEST(Fields, TakesWhatBrowsersLeaveAsItIs) {
  for (const char* name :
       {"a|b", "[x]", "{x}", "a^b", "a b", "\"<`>\\", "100%", "%zz", "%4", "\u00fc\u4e2d", "a=b"})
    EXPECT_EQ(Fields::parse("builder=" + std::string(name)).text("builder"), name);
  EXPECT_EQ(Fields::parse("x=%ff").text("x"), "\uFFFD");
  EXPECT_EQ(Fields::parse("a+%5B=1&&=2").all(),
            (std::map<std::string, std::string, std::less<>>{{"a [", "1"}, {"", "2"}}));
}

TEST(Links, NamesAreEncoded) {
  const Links links("/bell/");
  EXPECT_EQ(links.builder("a/b \xC3\xBC"), "/bell/b/a%2Fb%20%C3%BC");
  EXPECT_EQ(links.build("ci", "linux", {7, 1}), "/bell/b/linux/7?source=ci");
  EXPECT_EQ(links.deliveries("dead", "a&b"), "/bell/deliveries?state=dead&reporter=a%26b");
  EXPECT_EQ(links.build({}, "..", {7, 1}), "/bell/b/~../7");
  EXPECT_EQ(links.reporter("."), "/bell/reporters/~.");
}

TEST(Links, LeadNowhereThatCannotBeOpened) {
  const Links links("/bell/");
  const std::string name(4001, 'x');
  EXPECT_EQ(links.builder(name), "/bell/builds");
  EXPECT_EQ(links.build("ci", name, {7, 1}), "/bell/builds");
  EXPECT_EQ(links.preview("ci", name, {7, 1}, "mail", "new"), "/bell/builds");
  EXPECT_EQ(links.badge(name), "/bell/builds");
  EXPECT_EQ(links.builder(std::string(4000, 'x')).size(), 4008U);
}

TEST(Repeats, TheSameRequestGetsTheSameAnswer) {
  Repeats repeats;
  const auto turn = [&](const char* who, const std::string& key, const char* what, Millis now) {
    return Repeats::Turn(repeats, {who, key}, what, now);
  };
  web::Response done;
  done.body = "done";
  turn("alice", "k", "POST /x", 1000).keep(done, 1000);
  EXPECT_EQ(turn("alice", "k", "POST /x", 2000).known()->body, "done");
  EXPECT_EQ(turn("alice", "k", "POST /y", 2000).known()->status, 422);
  EXPECT_FALSE(turn("bob", "k", "POST /x", 2000).known());
  EXPECT_FALSE(turn("alice", "k", "POST /x", 1000 + 86'400'001).known());
  turn("alice", "k", "POST /x", 3000).keep(done, 3000);
  for (int i = 0; i < 1000; ++i)
    turn("alice", std::to_string(i), "POST /x", 3000).keep(done, 3000);
  EXPECT_FALSE(turn("alice", "k", "POST /x", 3000).known()) << "the oldest goes first";
  EXPECT_TRUE(turn("alice", "0", "POST /x", 3000).known());
}

TEST(Repeats, TheSecondDoesNothingWhileTheFirstIsUnderWay) {
  Repeats repeats;
  {
    const Repeats::Turn first(repeats, {"alice", "k"}, "POST /x", 1000);
    EXPECT_FALSE(first.known());
    const Repeats::Turn second(repeats, {"alice", "k"}, "POST /x", 1000);
    ASSERT_TRUE(second.known());
    EXPECT_EQ(second.known()->status, 409);
    EXPECT_EQ(value_of(*second.known(), "Retry-After"), "1");
  }
  EXPECT_FALSE(Repeats::Turn(repeats, {"alice", "k"}, "POST /x", 1000).known()) << "it came to nothing";
}

}  // namespace
}  // namespace carillon::dashboard
