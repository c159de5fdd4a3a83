#include "reporter/telegram/telegram_text.hpp"

#include <gmock/gmock.h>

#include "base/encoding.hpp"

namespace carillon::reporter::telegram {
namespace {

using chat::Text;

std::string html(const Text& text) {
  const auto parts = messages_of(text);
  EXPECT_EQ(parts.size(), 1U);
  return parts.empty() ? "" : parts.front().html;
}

std::string repeated(std::string_view what, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i)
    text += what;
  return text;
}

TEST(TelegramText, StylesBecomeEntities) {
  Text text("Build ");
  text.link("#7", "http://ci.example.org/#builders/1/builds/7?a=1&b=\"2\"").plain(" of ").code("linux");
  text.plain(" ").bold("b").italic("i");
  EXPECT_EQ(html(text),
            "Build <a href=\"http://ci.example.org/#builders/1/builds/7?a=1&amp;b=&quot;2&quot;\">#7</a> of "
            "<code>linux</code> <b>b</b><i>i</i>");
  EXPECT_EQ(messages_of(text).front().plain, "Build #7 of linux bi");
}

TEST(TelegramText, UserTextNeverBreaksEntities) {
  Text text("<b>&amp;</b> ");
  text.code("a</code><a href=\"x\">").bold("</b>\u202eltr \U0001F514");
  EXPECT_EQ(html(text),
            "&lt;b&gt;&amp;amp;&lt;/b&gt; <code>a&lt;/code&gt;&lt;a href=&quot;x&quot;&gt;</code>"
            "<b>&lt;/b&gt;\u202eltr \U0001F514</b>");
}

TEST(TelegramText, LinksThatAreNoneAreTheirLabel) {
  Text text;
  text.link("x", "javascript:alert(1)");
  EXPECT_EQ(html(text), "x");
}

TEST(TelegramText, OutcomesHaveTheirSigns) {
  const std::vector<std::pair<Results, std::string>> table = {
      {Results::success, "completed successfully \u2705"},
      {Results::warnings, "completed with warnings \u26a0\ufe0f"},
      {Results::failure, "failed\u2757"},
      {Results::skipped, "was skipped \u23ed\ufe0f"},
      {Results::exception, "stopped with exception \u203c\ufe0f"},
      {Results::retry, "has been retried \U0001f504"},
      {Results::cancelled, "was cancelled \U0001f6ab"}};
  for (const auto& [results, words] : table) {
    EXPECT_EQ(html(Text().outcome(results)), words);
    EXPECT_EQ(html(Text("x").outcome(results, true)), "x" + words.substr(words.find_first_of("\xe2\xf0")));
  }
}

TEST(TelegramText, BytesThatTelegramRefusesAreReplaced) {
  EXPECT_EQ(html(Text(std::string("a\0b\xff"
                                  "c\x1b\r\n\td",
                                  10))),
            "a\uFFFDb\uFFFDc\uFFFD\n\td");
}

TEST(TelegramText, NothingIsSentOfATextWithNothingToSee) {
  EXPECT_TRUE(messages_of(Text()).empty());
  EXPECT_TRUE(messages_of(Text(" \n\t\u00a0\u200b\u3000\ufe0f")).empty());
  EXPECT_TRUE(messages_of(Text().code("  ")).empty());
  EXPECT_EQ(messages_of(Text("\n\n.")).size(), 1U);
}

TEST(TelegramText, LengthCountsUtf16) {
  EXPECT_EQ(utf16_units("a\u00e4\u20ac\U0001F514"), 5U);
  EXPECT_EQ(messages_of(Text(std::string(4096, 'x'))).size(), 1U);
  EXPECT_EQ(messages_of(Text(std::string(4097, 'x'))).size(), 2U);
  EXPECT_EQ(messages_of(Text(repeated("\U0001F514", 2048))).size(), 1U);
  const auto bells = messages_of(Text("x" + repeated("\U0001F514", 2048)));
  ASSERT_EQ(bells.size(), 2U);
  EXPECT_EQ(utf16_units(bells[0].plain), 4095U) << "a character is never cut";
  EXPECT_EQ(bells[1].plain, "\U0001F514");
}

TEST(TelegramText, EntitiesCountByWhatIsSeen) {
  EXPECT_EQ(messages_of(Text(std::string(4096, '&'))).size(), 1U);
  EXPECT_EQ(messages_of(Text().link(std::string(4096, '<'), "http://h/" + std::string(2000, 'x'))).size(),
            1U);
}

TEST(TelegramText, CutsAtLineEndsElseAtBlanksElseAnywhere) {
  const auto plain = [](std::string_view text, std::size_t most) {
    std::vector<std::string> words;
    for (const Part& part : messages_of(Text(text), most))
      words.push_back(part.plain);
    return words;
  };
  using testing::ElementsAre;
  EXPECT_THAT(plain("one two\nthree\nfour", 14), ElementsAre("one two\nthree", "four"));
  EXPECT_THAT(plain("one two\nthree", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(plain("one two three", 9), ElementsAre("one two", "three"));
  EXPECT_THAT(plain("onetwothree", 4), ElementsAre("onet", "woth", "ree"));
  EXPECT_THAT(plain("a\n\n\nb", 2), ElementsAre("a\n", "b"));
}

TEST(TelegramText, AStyleGoesOnAfterTheCut) {
  Text text("x ");
  text.code("a&b\nc").bold("d");
  const auto parts = messages_of(text, 5);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].html, "x <code>a&amp;b</code>");
  EXPECT_EQ(parts[1].html, "<code>c</code><b>d</b>");
}

TEST(TelegramText, NothingIsLostInTheCuts) {
  Text text;
  for (int i = 0; i < 1000; ++i)
    text.code("builder " + std::to_string(i)).plain(i % 7 == 0 ? "\n" : ", \U0001F514 <&> ");
  std::string all;
  for (const Part& part : messages_of(text)) {
    EXPECT_LE(utf16_units(part.plain), max_units);
    all += part.plain;
  }
  std::string expected = text.words();
  for (std::string* one : {&all, &expected})
    std::erase_if(*one, [](char c) { return c == ' ' || c == '\n'; });
  EXPECT_EQ(all, expected);
}

TEST(TelegramText, ShortTextsAreCutWithAnEllipsis) {
  EXPECT_EQ(cut_units("abc", 3), "abc");
  EXPECT_EQ(cut_units("abcd", 3), "ab\u2026");
  EXPECT_EQ(cut_units("a\U0001F514\U0001F514", 4), "a\U0001F514\u2026");
  EXPECT_EQ(cut_units("\U0001F514\U0001F514", 3), "\U0001F514\u2026");
}

}  // namespace
}  // namespace carillon::reporter::telegram
