#include "reporter/gerrit/review.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter::gerrit {
namespace {

using test::order_of;
using test::sample_build;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

Said said(std::string_view returned) {
  return read_said(json::parse(returned)).value();
}

Details buildset_of(std::vector<json::object> builds) {
  Details details = order_of(builds.front());
  details.kind = EventKind::buildset_complete;
  details.builds = Builds(std::move(builds));
  return details;
}

json::object build_of(const char* builder, int results, int number = 3, int request = 13) {
  json::object build = sample_build(results);
  build["builder"].as_object()["name"] = builder;
  build["number"] = number;
  build["buildrequestid"] = request;
  return build;
}

TEST(ReadSaid, TakesDictionariesAndTheOldForm) {
  const Said plain =
      said(R"({"message": "m", "labels": {"Verified": 1, "Code-Review": -2, "X": true, "Y": "+2"}})");
  EXPECT_EQ(plain.review->message, "m");
  EXPECT_THAT(plain.review->labels,
              ElementsAre(Pair("Verified", 1), Pair("Code-Review", -2), Pair("X", 1), Pair("Y", 2)));
  EXPECT_FALSE(plain.old_style);
  const Said old = said(R"(["m", 1, 0])");
  EXPECT_THAT(old.review->labels, ElementsAre(Pair("Verified", 1), Pair("Code-Review", 0)));
  EXPECT_TRUE(old.old_style);
  EXPECT_THAT(said(R"({"message": "m"})").review->labels, IsEmpty());
  EXPECT_EQ(said(R"({"message": "", "labels": {"Verified": 1}})").review->message, "");
}

TEST(ReadSaid, NoMessageMeansNothingIsSent) {
  for (const char* silent : {"null", "{}", R"({"message": null, "labels": {"Verified": 1}})", "[null, 1, 1]",
                             R"({"message": ""})"}) {
    EXPECT_FALSE(said(silent).review) << silent;
    EXPECT_THAT(said(silent).notes, IsEmpty());
  }
}

TEST(ReadSaid, NonsenseIsRefused) {
  for (const char* wrong : {"7", "\"text\"", "[]", "[1, 2, 3]", R"({"message": 7})",
                            R"({"message": "m", "labels": ["Verified"]})"}) {
    EXPECT_FALSE(read_said(json::parse(wrong))) << wrong;
  }
}

TEST(ReadSaid, LabelsThatCannotBeAreLeftOut) {
  const Said said_it =
      said(R"({"message": "m", "labels": {"Verified": 1, "-x": 1, "a b": 1, "": 1, "L": "good",
                                "M": 1.5, "N": null, "O": 1000, "P": 1e300, "Q": 2.0}})");
  EXPECT_THAT(said_it.review->labels, ElementsAre(Pair("Verified", 1), Pair("Q", 2)));
  EXPECT_THAT(said_it.notes, SizeIs(8));
  EXPECT_THAT(said_it.notes.front(), HasSubstr("the label -x=1"));
}

TEST(ReadSaid, MessagesAreCleanedAndCut) {
  json::object returned;
  returned["message"] = std::string("a\r\nb\rc\0d\xff", 9);
  EXPECT_EQ(read_said(returned)->review->message, "a\nb\ncd\xef\xbf\xbd");
  std::string tall = "first ";
  for (int i = 0; i < 4000; ++i)
    tall += "\xf0\x9f\x94\x94'";
  returned["message"] = tall + " last";
  const Said cut = read_said(returned).value();
  EXPECT_LT(cut.review->message.size(), 16'384U);
  EXPECT_TRUE(cut.review->message.starts_with("first "));
  EXPECT_TRUE(cut.review->message.ends_with(" last"));
  EXPECT_THAT(cut.notes, ElementsAre(HasSubstr("was cut")));
}

TEST(BuiltIn, VotesByTheResult) {
  const std::vector<int> votes = {1, -1, -1, -1, -1, 0, -1};
  for (int results = 0; results <= 6; ++results) {
    const auto review = built_in_review(order_of(sample_build(results)));
    if (results == 5) {
      EXPECT_FALSE(review) << "a repeated build decides nothing";
      continue;
    }
    EXPECT_THAT(review->labels, ElementsAre(Pair("Verified", votes.at(static_cast<std::size_t>(results)))));
  }
  EXPECT_EQ(built_in_review(order_of(sample_build(0)))->message,
            "Builder linux succeeded (build successful) - http://ci.example.org/#builders/2/builds/3");
  const auto started = built_in_review(order_of(sample_build(-1)));
  EXPECT_EQ(started->message, "Builder linux started.\nhttp://ci.example.org/#builders/2/builds/3");
  EXPECT_THAT(started->labels, IsEmpty());
}

TEST(BuiltIn, ASummaryIsGoodWhenAllBuildsAre) {
  const auto good = built_in_review(buildset_of({build_of("b", 0), build_of("a", 0, 4, 14)}));
  EXPECT_THAT(good->message, HasSubstr("Builder a succeeded (build successful) - http://"));
  EXPECT_LT(good->message.find("Builder a"), good->message.find("\n\nBuilder b"));
  EXPECT_THAT(good->labels, ElementsAre(Pair("Verified", 1)));
  const auto bad = built_in_review(buildset_of({build_of("b", 0), build_of("a", 1, 4, 14)}));
  EXPECT_THAT(bad->labels, ElementsAre(Pair("Verified", -1))) << "as in Buildbot, warnings are no success";
}

TEST(BuildInfoList, HasWhatTheManualNames) {
  const json::array list = build_info_list(buildset_of({build_of("b", 2)}));
  ASSERT_EQ(list.size(), 1U);
  const json::object& info = list.front().as_object();
  EXPECT_EQ(info.at("name"), "b");
  EXPECT_EQ(info.at("result"), 2);
  EXPECT_EQ(info.at("resultText"), "failed");
  EXPECT_EQ(info.at("text"), "failed 'make'");
  EXPECT_EQ(info.at("url"), "http://ci.example.org/#builders/2/builds/3");
  EXPECT_EQ(info.at("build").at("number"), 3);
}

TEST(BuildInfoList, RepeatedBuildsCountOnce) {
  const json::array list = build_info_list(buildset_of({build_of("b", 5, 3), build_of("b", 0, 4)}));
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list.front().at("result"), 0);
  EXPECT_EQ(build_info_list(buildset_of({build_of("b", 5)})).size(), 1U) << "nothing has taken its place";
}

}  // namespace
}  // namespace carillon::reporter::gerrit
