// The cases marked "published" are after the parser tests of the ircdocs project
// (github.com/ircdocs/parser-tests: msg-split, msg-join, userhost-split; public domain, CC0), in our own
// form.
#include "reporter/irc/irc_line.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <stdexcept>

#include "base/encoding.hpp"

namespace carillon::reporter::irc {
namespace {

using testing::ElementsAre;
using Params = std::vector<std::string>;
using Tags = std::map<std::string, std::string>;

Line line(std::string command, Params params = {}, std::string source = "", Tags tags = {}) {
  return {std::move(tags), std::move(source), std::move(command), std::move(params)};
}

TEST(IrcLine, PublishedLinesAreParsed) {
  const std::vector<std::pair<std::string, Line>> table = {
      {"foo bar baz asdf", line("foo", {"bar", "baz", "asdf"})},
      {":coolguy foo bar baz asdf", line("foo", {"bar", "baz", "asdf"}, "coolguy")},
      {"foo bar baz :asdf quux", line("foo", {"bar", "baz", "asdf quux"})},
      {"foo bar baz :", line("foo", {"bar", "baz", ""})},
      {"foo bar baz ::asdf", line("foo", {"bar", "baz", ":asdf"})},
      {":coolguy foo bar baz :asdf quux", line("foo", {"bar", "baz", "asdf quux"}, "coolguy")},
      {":coolguy foo bar baz :  asdf quux ", line("foo", {"bar", "baz", "  asdf quux "}, "coolguy")},
      {":coolguy PRIVMSG bar :lol :) ", line("PRIVMSG", {"bar", "lol :) "}, "coolguy")},
      {":coolguy foo bar baz :", line("foo", {"bar", "baz", ""}, "coolguy")},
      {":coolguy foo bar baz :  ", line("foo", {"bar", "baz", "  "}, "coolguy")},
      {"@a=b;c=32;k;rt=ql7 foo", line("foo", {}, "", {{"a", "b"}, {"c", "32"}, {"k", ""}, {"rt", "ql7"}})},
      {R"(@a=b\\and\nk;c=72\s45;d=gh\:764 foo)",
       line("foo", {}, "", {{"a", "b\\and\nk"}, {"c", "72 45"}, {"d", "gh;764"}})},
      {"@c;h=;a=b :quux ab cd", line("ab", {"cd"}, "quux", {{"c", ""}, {"h", ""}, {"a", "b"}})},
      {":src JOIN #chan", line("JOIN", {"#chan"}, "src")},
      {":src JOIN :#chan", line("JOIN", {"#chan"}, "src")},
      {":src AWAY", line("AWAY", {}, "src")},
      {":src AWAY ", line("AWAY", {}, "src")},
      {":cool\tguy foo bar baz", line("foo", {"bar", "baz"}, "cool\tguy")},
      {":coolguy!ag@net\x03"
       "5w\x03"
       "ork.admin PRIVMSG foo :bar baz",
       line("PRIVMSG", {"foo", "bar baz"},
            "coolguy!ag@net\x03"
            "5w\x03"
            "ork.admin")},
      {":coolguy!~ag@n\x02"
       "et\x03"
       "05w\x0f"
       "ork.admin PRIVMSG foo :bar baz",
       line("PRIVMSG", {"foo", "bar baz"},
            "coolguy!~ag@n\x02"
            "et\x03"
            "05w\x0f"
            "ork.admin")},
      {"@tag1=value1;tag2;vendor1/tag3=value2;vendor2/tag4= :irc.example.com COMMAND param1 param2 :param3 "
       "param3",
       line("COMMAND", {"param1", "param2", "param3 param3"}, "irc.example.com",
            {{"tag1", "value1"}, {"tag2", ""}, {"vendor1/tag3", "value2"}, {"vendor2/tag4", ""}})},
      {":irc.example.com COMMAND param1 param2 :param3 param3",
       line("COMMAND", {"param1", "param2", "param3 param3"}, "irc.example.com")},
      {"@tag1=value1;tag2;vendor1/tag3=value2;vendor2/tag4 COMMAND param1 param2 :param3 param3",
       line("COMMAND", {"param1", "param2", "param3 param3"}, "",
            {{"tag1", "value1"}, {"tag2", ""}, {"vendor1/tag3", "value2"}, {"vendor2/tag4", ""}})},
      {"COMMAND", line("COMMAND")},
      {R"(@foo=\\\\\:\\s\s\r\n COMMAND)", line("COMMAND", {}, "", {{"foo", "\\\\;\\s \r\n"}})},
      {":gravel.mozilla.org 432  #momo :Erroneous Nickname: Illegal characters",
       line("432", {"#momo", "Erroneous Nickname: Illegal characters"}, "gravel.mozilla.org")},
      {":gravel.mozilla.org MODE #tckk +n ", line("MODE", {"#tckk", "+n"}, "gravel.mozilla.org")},
      {":services.esper.net MODE #foo-bar +o foobar  ",
       line("MODE", {"#foo-bar", "+o", "foobar"}, "services.esper.net")},
      {R"(@tag1=value\\ntest COMMAND)", line("COMMAND", {}, "", {{"tag1", "value\\ntest"}})},
      {R"(@tag1=value\1 COMMAND)", line("COMMAND", {}, "", {{"tag1", "value1"}})},
      {R"(@tag1=value1\ COMMAND)", line("COMMAND", {}, "", {{"tag1", "value1"}})},
      {"@tag1=1;tag2=3;tag3=4;tag1=5 COMMAND",
       line("COMMAND", {}, "", {{"tag1", "5"}, {"tag2", "3"}, {"tag3", "4"}})},
      {"@tag1=1;tag2=3;tag3=4;tag1=5;vendor/tag2=8 COMMAND",
       line("COMMAND", {}, "", {{"tag1", "5"}, {"tag2", "3"}, {"tag3", "4"}, {"vendor/tag2", "8"}})},
      {":SomeOp MODE #channel :+i", line("MODE", {"#channel", "+i"}, "SomeOp")},
      {":SomeOp MODE #channel +oo SomeUser :AnotherUser",
       line("MODE", {"#channel", "+oo", "SomeUser", "AnotherUser"}, "SomeOp")},
  };
  for (const auto& [text, expected] : table)
    EXPECT_EQ(parse(text), expected) << text;
}

TEST(IrcLine, PublishedPartsAreWritten) {
  const std::vector<std::pair<Line, std::string>> table = {
      {line("foo", {"bar", "baz", "asdf"}), "foo bar baz asdf"},
      {line("AWAY", {}, "src"), ":src AWAY"},
      {line("foo", {"bar", "baz", "asdf quux"}), "foo bar baz :asdf quux"},
      {line("foo", {"bar", "baz", ""}), "foo bar baz :"},
      {line("foo", {"bar", "baz", ":asdf"}), "foo bar baz ::asdf"},
      {line("foo", {"bar", "baz", "asdf quux"}, "coolguy"), ":coolguy foo bar baz :asdf quux"},
      {line("foo", {"bar", "baz", "  asdf quux "}, "coolguy"), ":coolguy foo bar baz :  asdf quux "},
      {line("PRIVMSG", {"bar", "lol :) "}, "coolguy"), ":coolguy PRIVMSG bar :lol :) "},
      {line("foo", {"bar", "baz", ""}, "coolguy"), ":coolguy foo bar baz :"},
      {line("foo", {"bar", "baz", "  "}, "coolguy"), ":coolguy foo bar baz :  "},
      {line("foo", {"b\tar", "baz"}, "coolguy"), ":coolguy foo b\tar baz"},
      {line("foo", {"bar", "baz", "  "}, "coolguy", {{"asd", ""}}), "@asd :coolguy foo bar baz :  "},
      {line("foo", {}, "", {{"a", "b\\and\nk"}, {"d", "gh;764"}}), R"(@a=b\\and\nk;d=gh\:764 foo)"},
      {line("foo", {"par1", "par2"}, "", {{"a", "b\\and\nk"}, {"d", "gh;764"}}),
       R"(@a=b\\and\nk;d=gh\:764 foo par1 par2)"},
      {line("COMMAND", {}, "", {{"foo", "\\\\;\\s \r\n"}}), R"(@foo=\\\\\:\\s\s\r\n COMMAND)"},
  };
  for (const auto& [parts, expected] : table) {
    EXPECT_EQ(format(parts), expected + "\r\n");
    EXPECT_EQ(parse(expected), parts) << expected;
  }
}

TEST(IrcLine, PublishedSourcesAreParted) {
  const std::vector<std::pair<std::string, Source>> table = {
      {"coolguy", {"coolguy", "", ""}},
      {"coolguy!ag@127.0.0.1", {"coolguy", "ag", "127.0.0.1"}},
      {"coolguy!~ag@localhost", {"coolguy", "~ag", "localhost"}},
      {"coolguy@127.0.0.1", {"coolguy", "", "127.0.0.1"}},
      {"coolguy!ag", {"coolguy", "ag", ""}},
      {"coolguy!ag@net\x03"
       "5w\x03"
       "ork.admin",
       {"coolguy", "ag",
        "net\x03"
        "5w\x03"
        "ork.admin"}},
      {"", {"", "", ""}},
  };
  for (const auto& [text, expected] : table)
    EXPECT_EQ(source_of(text), expected) << text;
}

TEST(IrcLine, WithoutACommandThereIsNoLine) {
  for (const char* text : {"", " ", ":source", ":source ", "@tag", "@tag :source ", ":", "@"})
    EXPECT_FALSE(parse(text)) << text;
  EXPECT_EQ(line("x", {"y"}).param(0), "y");
  EXPECT_EQ(line("x", {"y"}).param(1), "");
}

TEST(IrcLine, DataNeitherEndsALineNorIsTooLong) {
  EXPECT_EQ(format("PRIVMSG", {"#a", std::string("x\r\nQUIT\0y", 9)}), "PRIVMSG #a :x  QUIT y\r\n");
  std::string bells = "x";
  for (int i = 0; i < 300; ++i)
    bells += "\U0001F514";
  const std::string cut = format("PRIVMSG", {"#a", bells});
  EXPECT_LE(cut.size(), max_line);
  EXPECT_GT(cut.size(), max_line - 4);
  EXPECT_EQ(valid_utf8(cut), cut);
  EXPECT_TRUE(cut.ends_with("\r\n"));
  for (const char* bad : {"", "a b", ":a", "a\r", "a\n"}) {
    EXPECT_THROW(format("PRIVMSG", {bad, "x"}), std::logic_error) << bad;
    EXPECT_THROW(format(bad, {}), std::logic_error) << bad;
  }
  EXPECT_THROW(format(line("x", {}, "a b")), std::logic_error);
  EXPECT_THROW(format(line("x", {}, "", {{"a b", ""}})), std::logic_error);
}

TEST(IrcLine, TheReaderPutsPiecesTogether) {
  LineReader reader;
  const std::string all = "one\r\ntwo\n\r\n\n three \r\r\nrest";
  std::vector<std::string> lines;
  for (const char c : all) {
    reader.add(std::string(1, c));
    while (auto next = reader.next())
      lines.push_back(*next);
  }
  EXPECT_THAT(lines, ElementsAre("one", "two", " three "));
  reader.add("\r\na\r\nb\r\n");
  EXPECT_EQ(reader.next(), "rest");
  EXPECT_EQ(reader.next(), "a");
  EXPECT_EQ(reader.next(), "b");
  EXPECT_FALSE(reader.next());
}

TEST(IrcLine, TheReaderDropsALineThatNeverEnds) {
  LineReader reader;
  for (int i = 0; i < 100; ++i) {
    reader.add(std::string(1000, 'x'));
    EXPECT_FALSE(reader.next());
  }
  reader.add("end\r\nnext\r\n");
  EXPECT_EQ(reader.next(), "next");
  EXPECT_FALSE(reader.next());
  reader.add(std::string(LineReader::longest + 1, 'y') + "\nz\n");
  EXPECT_EQ(reader.next(), "z");
}

}  // namespace
}  // namespace carillon::reporter::irc
