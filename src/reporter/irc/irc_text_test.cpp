#include "reporter/irc/irc_text.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "base/encoding.hpp"
#include "reporter/irc/irc_line.hpp"

namespace carillon::reporter::irc {
namespace {

using chat::Text;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::ResultOf;

std::vector<std::string> lines(const Text& text, bool colors = true, std::size_t most = 400) {
  return lines_of(text, {colors, most});
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts)
    all += part;
  return all;
}

TEST(IrcText, AnAnnouncementIsOneLineWithItsUrlAtTheEnd) {
  Text text;
  text.plain("Build ").link("#7", "http://ci/b/7").plain(" of ").code("linux").plain(" ");
  text.outcome(Results::success).plain(".");
  EXPECT_THAT(lines(text), ElementsAre("Build #7 of linux \x03"
                                       "03completed successfully\x0f. http://ci/b/7"));
  EXPECT_THAT(lines(text, false), ElementsAre("Build #7 of linux completed successfully. http://ci/b/7"));
}

TEST(IrcText, SeveralLinksHaveTheirUrlsBesideThem) {
  Text text;
  text.link("#7", "http://ci/7").plain(" and ").link("#8", "http://ci/8").line();
  text.link("#9", "http://ci/9").plain(" alone").line().link("bare", "").plain(" ").link("x", "http://x");
  EXPECT_THAT(lines(text), ElementsAre("#7 <http://ci/7> and #8 <http://ci/8>", "#9 alone http://ci/9",
                                       "bare x http://x"));
}

TEST(IrcText, ColorsAreBuildbotsAndHaveTwoDigits) {
  const std::vector<std::pair<Results, std::string>> table = {
      {Results::success, "03"},   {Results::warnings, "08"},  {Results::failure, "04"},
      {Results::skipped, "12"},   {Results::exception, "06"}, {Results::retry, "11"},
      {Results::cancelled, "13"},
  };
  for (const auto& [results, color] : table) {
    Text text;
    text.outcome(results);
    EXPECT_THAT(lines(text),
                ElementsAre("\x03" + color + std::string(chat::outcome_words(results)) + "\x0f"));
  }
}

TEST(IrcText, HostileTextMakesNeitherFormattingNorLines) {
  Text text;
  text.code(
          "a\r\nQUIT :\x01"
          "ACTION \x02"
          "b\x03"
          "04c\x0f\x16\x1d\x1f\x11\x1e\x7f")
      .plain(std::string("d\0e", 3));
  text.bold("\u202Ef\u2066g\u2028h\u0085i\u0090j").link("k\nl", "http://x/ \r\ny");
  EXPECT_THAT(lines(text), ElementsAre("a  QUIT :ACTION b04cd efg h ijk l http://x/%20%20%20y"));
  Text broken;
  broken.plain("x\xff\xc3(y");
  EXPECT_THAT(lines(broken), ElementsAre("x\uFFFD\uFFFD(y"));
  Text outcome;
  outcome.outcome(Results::failure);
  auto forged = outcome.to_json();
  for (auto& span : forged.as_array())
    span.as_object()["text"] =
        "a\x0f\n\x03"
        "05b" +
        std::string(1000, 'c');
  const auto shown = lines(Text::of_json(forged).value());
  EXPECT_EQ(joined(shown), "a 05b" + std::string(1000, 'c'));
}

TEST(IrcText, BlankLinesAreNotSaid) {
  Text text;
  text.plain("\n\na\n \nb\n\x02\n");
  EXPECT_THAT(lines(text), ElementsAre("a", "b"));
  EXPECT_THAT(lines(Text("\x03")), IsEmpty());
  EXPECT_THAT(lines(Text()), IsEmpty());
}

TEST(IrcText, EntriesOfAListShareLines) {
  Text text("one\n");
  text.plain("two ").outcome(Results::failure).plain("\n\nthree\n" + std::string(40, 'x') + "\nfour");
  EXPECT_THAT(lines_of(text, {.colors = false, .most_octets = 32, .pack = true}),
              ElementsAre("one | two failed | three", std::string(32, 'x'), "xxxxxxxx | four"));
  EXPECT_THAT(lines_of(text, {.colors = false, .most_octets = 400, .pack = true}),
              ElementsAre("one | two failed | three | " + std::string(40, 'x') + " | four"));
  Text full(std::string(15, 'a') + "\n" + std::string(14, 'b') + "\n" + std::string(15, 'c') + "\n" +
            std::string(15, 'd'));
  EXPECT_THAT(lines_of(full, {.colors = false, .most_octets = 32, .pack = true}),
              ElementsAre(std::string(15, 'a') + " | " + std::string(14, 'b'), std::string(15, 'c'),
                          std::string(15, 'd')))
      << "32 octets fit, 33 do not";
}

TEST(IrcText, ALinkThatIsItsOwnLabelStandsOnce) {
  Text text("at ");
  text.link("http://ci.example.org/", "http://ci.example.org/").plain(" now");
  EXPECT_THAT(lines(text), ElementsAre("at http://ci.example.org/ now"));
}

TEST(IrcText, LongLinesGoOnAtASpace) {
  EXPECT_THAT(lines(Text("one two three four five six seven eight"), true, 32),
              ElementsAre("one two three four five six", "seven eight"));
  EXPECT_THAT(lines(Text(std::string(32, 'x') + " y"), true, 32), ElementsAre(std::string(32, 'x'), "y"));
  EXPECT_THAT(lines(Text("y " + std::string(70, 'x')), true, 32),
              ElementsAre("y " + std::string(30, 'x'), std::string(32, 'x'), std::string(8, 'x')));
}

TEST(IrcText, CharactersAndColorsAreNotParted) {
  std::string bells;
  for (int i = 0; i < 100; ++i)
    bells += "\U0001F514";
  const auto parts = lines(Text("x" + bells), true, 50);
  EXPECT_EQ(joined(parts), "x" + bells);
  for (const std::string& part : parts) {
    EXPECT_LE(part.size(), 50U);
    EXPECT_EQ(valid_utf8(part), part);
  }
  for (std::size_t before = 0; before < 40; ++before) {
    Text text(std::string(before, 'x'));
    text.outcome(Results::exception).plain(std::string(40, 'y'));
    const auto cut = lines(text, true, 40);
    ASSERT_GT(cut.size(), 1U) << before;
    for (const std::string& part : cut) {
      EXPECT_EQ(std::count(part.begin(), part.end(), '\x03'), std::count(part.begin(), part.end(), '\x0f'));
      EXPECT_LE(part.size(), 40U);
    }
  }
}

TEST(IrcText, WhatTheServerRelaysFitsIntoALine) {
  const std::string source = "carillon!~carillon@build.example.org";
  for (const char* command : {"PRIVMSG", "NOTICE"}) {
    const std::size_t room = room_for(command, "#builds", "carillon", source);
    const std::string relayed = ":" + source + " " + command + " #builds :" + std::string(room, 'x') + "\r\n";
    EXPECT_EQ(relayed.size(), max_line);
  }
  EXPECT_EQ(room_for("NOTICE", "#a", "bot", ""), 512 - 1 - (3 + 2 + 10 + 1 + 63) - 1 - 6 - 1 - 2 - 2 - 2);
  EXPECT_EQ(room_for("PRIVMSG", std::string(600, 'x'), "bot", ""), 32U);
}

}  // namespace
}  // namespace carillon::reporter::irc
