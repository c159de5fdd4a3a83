#include "chat/text.hpp"

#include <gtest/gtest.h>

namespace carillon::chat {
namespace {

Text all_styles() {
  Text text;
  text.plain("a ").plain("b\n").bold("c").italic("d").code("e").link("f", "http://g/");
  text.outcome(Results::failure).outcome(Results::success, true);
  return text;
}

TEST(Text, JoinsWhatBelongsTogether) {
  Text text;
  text.plain("a").plain("").plain("b").code("c").code("d");
  ASSERT_EQ(text.spans().size(), 3U) << "two names stay two";
  EXPECT_EQ(text.spans()[0].text, "ab");
  EXPECT_TRUE(Text("").empty());
}

TEST(Text, ALinkWithoutAddressIsPlain) {
  EXPECT_EQ(Text().link("#7", ""), Text("#7"));
  EXPECT_EQ(Text().link("#7", "javascript:alert(1)"), Text("#7"));
  EXPECT_EQ(Text::of_json(json::parse(R"([{"text": "#7", "style": "link", "url": "data:x"}])")), Text("#7"));
}

TEST(Text, HasWordsWithoutStyle) {
  EXPECT_EQ(all_styles().words(), "a b\ncdeffailedSuccess");
}

TEST(Text, MayStandInMidSentence) {
  EXPECT_EQ(Text("Build ").code("X").in_mid_sentence().words(), "build X");
  EXPECT_EQ(Text().code("\u00c4b").in_mid_sentence().words(), "\u00c4b");
  EXPECT_TRUE(Text().in_mid_sentence().empty());
}

TEST(Text, ComesBackFromJson) {
  const auto back = Text::of_json(json::parse(json::serialize(all_styles().to_json())));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, all_styles());
  EXPECT_EQ(Text::of_json(json::array()), Text());
}

TEST(Text, RefusesOtherJson) {
  for (const char* bad :
       {R"("a")", "{}", "[1]", R"([{"style": "bold"}])", R"([{"text": "a", "style": "loud"}])",
        R"([{"text": "a", "style": "outcome"}])", R"([{"text": "a", "style": "outcome", "results": 9}])"}) {
    EXPECT_FALSE(Text::of_json(json::parse(bad))) << bad;
  }
}

}  // namespace
}  // namespace carillon::chat
