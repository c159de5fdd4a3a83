#include "reporter/common/optional_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::reporter {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Ornaments, LinksAreOfTheWebAndNotTooLong) {
  std::vector<std::string> notes;
  const auto link = [&](json::value url) {
    notes.clear();
    return status_link(json::object{{"url", std::move(url)}}, 30, notes).value_or("none");
  };
  EXPECT_EQ(link("https://ci.crew.net/7"), "https://ci.crew.net/7");
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_EQ(link("ci.crew.net/7"), "none");
  EXPECT_THAT(notes, ElementsAre("the status has no link: the build's URL is not http:// or https://"));
  EXPECT_EQ(link(json::value("https://ci.crew.net/xxxxxxxxxxx")), "none");
  EXPECT_THAT(notes, ElementsAre("the status has no link: the build's URL is longer than 30 characters"));
  EXPECT_EQ(link(""), "none");
  EXPECT_EQ(link(nullptr), "none");
  EXPECT_THAT(notes, IsEmpty()) << "there is nothing to leave out";
}

TEST(Ornaments, CharactersOfFourBytes) {
  bool replaced = false;
  EXPECT_EQ(without_astral("\u00e4\u20ac\uffff", replaced), "\u00e4\u20ac\uffff");
  EXPECT_EQ(spelled_astral("buildbot/linux", replaced), "buildbot/linux");
  EXPECT_FALSE(replaced);
  EXPECT_EQ(without_astral("a\U0001F6A2b\U00010000", replaced), "a\uFFFDb\uFFFD");
  EXPECT_TRUE(replaced);
  replaced = false;
  EXPECT_EQ(spelled_astral("\U0001F6A2 ship", replaced), "U+1F6A2 ship");
  EXPECT_EQ(spelled_astral("\U0010FFFF", replaced), "U+10FFFF");
  EXPECT_TRUE(replaced);
}

TEST(Ornaments, WhatARefusalIsAbout) {
  const auto refused = [](int status, const char* body) {
    http::Response response;
    response.status = status;
    response.body = body;
    return refused_members(response, {"target_url", "description"});
  };
  EXPECT_THAT(refused(422, R"({"message": "Validation Failed", "errors": [{"resource": "Status",
      "code": "custom", "field": "target_url", "message": "is odd"}]})"),
              ElementsAre("target_url"));
  EXPECT_THAT(refused(400, R"({"message": {"description": ["is odd"], "target_url": ["too"]}})"),
              ElementsAre("target_url", "description"));
  EXPECT_THAT(refused(400, R"({"error": {"fields": {"description": ["is odd"]}, "message": "Bad request"}})"),
              ElementsAre("description"));
  EXPECT_THAT(refused(400, R"({"errors": [{"context": "description", "message": "is odd"}]})"),
              ElementsAre("description"));
  EXPECT_THAT(refused(422, R"({"errors": [{"field": "sha"}]})"), IsEmpty());
  EXPECT_THAT(refused(403, R"({"errors": [{"field": "target_url"}]})"), IsEmpty());
  for (const char* odd : {"", "target_url", "[]", R"({"errors": ["target_url", 7]})", R"({"message": "x"})"})
    EXPECT_THAT(refused(422, odd), IsEmpty()) << odd;
}

TEST(Ornaments, WhatIsRefusedIsDropped) {
  json::object body =
      json::parse(R"({"state": "success", "target_url": "u", "description": "d"})").as_object();
  http::Response response;
  response.status = 400;
  response.body = R"({"message": {"description": ["is odd"], "target_url": ["too"], "state": ["too"]}})";
  EXPECT_EQ(drop_refused(response, body, {"target_url", "description", "ref"}),
            "; without target_url and description, which the service refuses");
  EXPECT_EQ(json::serialize(body), R"({"state":"success"})");
  EXPECT_EQ(drop_refused(response, body, {"target_url", "description"}), "") << "it is gone already";
}

}  // namespace
}  // namespace carillon::reporter
