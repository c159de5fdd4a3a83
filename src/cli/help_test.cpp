#include "cli/help.hpp"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "base/terminal.hpp"

namespace carillon::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

// A small program of the shape of ours.
class HelpTest : public testing::Test {
 protected:
  HelpTest() {
    set_help(app_);
    app_.require_subcommand(1);
    CLI::App* list = app_.add_subcommand("deliveries",
                                         "List what was sent, waits or failed, and so many more words that "
                                         "no line of eighty columns takes them");
    list->add_option("--state", state_, "only deliveries in this state")
        ->type_name("STATE")
        ->check(CLI::IsMember({"dead", "waiting"}));
    list->add_option("--url", url_,
                     "the server, at a https://bell.example.org:8020/a/very/long/path/of/it address")
        ->type_name("URL")
        ->envname("BELL_URL")
        ->capture_default_str();
    list->add_option("BUILD", build_, "which");
    app_.add_subcommand("check", "Check");
    app_.add_subcommand("hidden", "Hidden")->group("");
  }

  std::string wrong(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());
    try {
      app_.parse(words);
    } catch (const CLI::ParseError&) {
      return wrong_words(app_);
    }
    return "nothing";
  }

  CLI::App app_{"Bells.", "bell"};
  std::string state_, url_ = "http://localhost/", build_;
};

TEST_F(HelpTest, LinesAreNoLongerThanEightyColumnsAndNoWordIsBroken) {
  ::unsetenv("COLUMNS");
  const std::string help = app_.help() + app_.get_subcommand("deliveries")->help();
  EXPECT_THAT(help, HasSubstr("/a/very/long/path/of/it"));
  EXPECT_THAT(help, HasSubstr("--state STATE"));
  EXPECT_THAT(help, HasSubstr("only deliveries in this state: dead, waiting"));
  EXPECT_THAT(help, HasSubstr("$BELL_URL"));
  EXPECT_THAT(help, Not(HasSubstr("TEXT")));
  std::istringstream lines(help);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_TRUE(line.size() <= 80 || line.find(' ', line.find_first_not_of(' ')) == std::string::npos)
        << line;
  EXPECT_GT(count, 10U);
}

TEST_F(HelpTest, CommandsAreGuessed) {
  EXPECT_EQ(wrong_command(app_, "chek"), "'chek' is not a command; did you mean 'check'?");
  EXPECT_EQ(wrong_command(app_, "deliveris"), "'deliveris' is not a command; did you mean 'deliveries'?");
  EXPECT_EQ(wrong_command(app_, "zzzz"), "'zzzz' is not a command");
  EXPECT_EQ(wrong_command(app_, "hiden"), "'hiden' is not a command") << "it is not for people";
  EXPECT_EQ(wrong_command(app_, "hidden"), "");
  EXPECT_EQ(wrong_command(app_, "check"), "");
  EXPECT_EQ(wrong_command(app_, "--help"), "");
  EXPECT_EQ(wrong_command(app_, "-h"), "");
  EXPECT_EQ(wrong_command(app_, "--foo"), "'--foo' is not an option; a command comes first");
  EXPECT_EQ(wrong_command(app_, "a\x1b[2J"), "'a?[2J' is not a command");
}

TEST_F(HelpTest, OptionsAreGuessed) {
  EXPECT_EQ(wrong({"deliveries", "--stat", "dead"}),
            "--stat: `carillon deliveries` has no such option; did you mean --state?");
  EXPECT_EQ(wrong({"deliveries", "--stat=dead"}),
            "--stat: `carillon deliveries` has no such option; did you mean --state?");
  EXPECT_EQ(wrong({"deliveries", "--nothing"}), "--nothing: `carillon deliveries` has no such option");
  EXPECT_EQ(wrong({"deliveries", "linux/7", "linux/8"}), "'linux/8' is one word too many");
  EXPECT_EQ(wrong({"deliveries", "--state", "lost"}), "") << "the parser says it";
  EXPECT_EQ(wrong({"deliveries", "linux/7"}), "nothing");
}

TEST(Counted, OneIsNoPlural) {
  EXPECT_EQ(counted(0, "report"), "0 reports");
  EXPECT_EQ(counted(1, "report"), "1 report");
  EXPECT_EQ(counted(12, "master"), "12 masters");
}

TEST(Filled, BreaksBetweenWordsOnly) {
  EXPECT_EQ(filled("one two  three", 9, 0), "one two\nthree");
  EXPECT_EQ(filled("one two three", 9, 2), "one two\n  three");
  EXPECT_EQ(filled("a https://example.org/long b", 10, 1), "a\n https://example.org/long\n b");
  EXPECT_EQ(filled("\xc3\xa4\xc3\xb6\xc3\xbc 12", 6, 0), "\xc3\xa4\xc3\xb6\xc3\xbc 12") << "characters count";
  EXPECT_EQ(filled("", 10, 4), "");
}

TEST(TimeText, SaysTheOffset) {
  const char* before = std::getenv("TZ");
  const std::string kept = before != nullptr ? before : "";
  ::setenv("TZ", "XXX+3:30", 1);
  ::tzset();
  EXPECT_EQ(time_text(1'700'000'000'000), "2023-11-14 18:43:20 -03:30");
  before != nullptr ? ::setenv("TZ", kept.c_str(), 1) : ::unsetenv("TZ");
  ::tzset();
}

}  // namespace
}  // namespace carillon::cli
