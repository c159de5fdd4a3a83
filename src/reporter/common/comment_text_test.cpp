#include "reporter/common/comment_text.hpp"

#include <gmock/gmock.h>

#include "base/encoding.hpp"

namespace carillon::reporter {
namespace {

using testing::HasSubstr;
using testing::Not;
constexpr std::size_t plenty = 100000;

class CommentText : public testing::TestWithParam<Mark> {
 protected:
  std::string section(std::string_view comment, std::string_view name, std::int64_t rank,
                      std::string_view text, std::size_t limit = plenty) {
    return with_section(GetParam(), comment, "sticky", name, rank, text, limit).value_or("refused");
  }
};

TEST_P(CommentText, AMarkIsFoundAgainWhateverTheKey) {
  for (const std::string key : {"github:ci/builds/7/finished#0", "a --> b", "x) y", "new\nline", "\xff"}) {
    const std::string text = marked(GetParam(), "hello", key, plenty);
    EXPECT_TRUE(has_mark(GetParam(), text, key));
    EXPECT_FALSE(has_mark(GetParam(), text, key + "0"));
    EXPECT_FALSE(has_mark(GetParam(), text, key.substr(0, key.size() - 1)));
    EXPECT_TRUE(text.starts_with("hello\n\n"));
  }
}

TEST_P(CommentText, ALongTextLosesItsEndAndKeepsItsMark) {
  std::string long_text;
  for (int i = 0; i < 1000; ++i)
    long_text += "\u00e4";
  const std::string text = marked(GetParam(), long_text, "k", 100);
  EXPECT_EQ(ellipsize(text, 100), text);
  EXPECT_NE(ellipsize(text, 99), text) << "all of the room is used";
  EXPECT_TRUE(has_mark(GetParam(), text, "k"));
}

TEST_P(CommentText, AMarkInTheUsersTextIsNone) {
  const std::string evil = mark(GetParam(), "other");
  EXPECT_FALSE(has_mark(GetParam(), marked(GetParam(), evil, "k", plenty), "other"));
  const std::string comment = section("", "a", 1, evil + "\n" + mark(GetParam(), "sticky") + "\nrest");
  EXPECT_THAT(section(comment, "b", 1, "B"), HasSubstr("rest"));
}

TEST_P(CommentText, EachBuilderHasItsSection) {
  std::string comment = section("", "windows", 5, "W1");
  comment = section(comment, "linux", 3, "L1\n\nmore");
  EXPECT_LT(comment.find("L1"), comment.find("W1")) << "in the order of their names";
  comment = section(comment, "windows", 6, "W2");
  EXPECT_THAT(comment, testing::AllOf(HasSubstr("L1\n\nmore"), HasSubstr("W2"), Not(HasSubstr("W1"))));
  EXPECT_TRUE(has_mark(GetParam(), comment, "sticky"));
  EXPECT_EQ(section(comment, "linux", 2, "old"), "refused");
  EXPECT_EQ(section(comment, "windows", 6, "W2"), comment) << "the same report changes nothing";
  // As GitHub gives it back.
  std::string crlf;
  for (const char c : comment)
    crlf += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_EQ(section(crlf, "windows", 6, "W2"), comment);
}

TEST_P(CommentText, TooManySectionsAreCut) {
  std::string comment;
  for (int i = 0; i < 30; ++i)
    comment = section(comment, "builder " + std::to_string(i), i, std::string(200, 'x'), 3000);
  EXPECT_LE(comment.size(), 3000U + 60U);  // ellipses have three bytes
  EXPECT_TRUE(has_mark(GetParam(), comment, "sticky"));
  EXPECT_THAT(comment, HasSubstr(percent_encode("builder 29")));
}

TEST_P(CommentText, WhereMarksAloneAreTooManyTheNewestStillSaySomething) {
  std::string comment;
  for (int i = 0; i < 40; ++i)
    comment = section(comment, "builder " + std::to_string(i), i, "text " + std::to_string(i), 400);
  EXPECT_LE(comment.size(), 400U);
  EXPECT_THAT(comment, testing::AllOf(HasSubstr("text 39"), HasSubstr("text 38"), Not(HasSubstr("text 1"))));
  EXPECT_EQ(section(comment, "builder 39", 39, "text 39", 400), comment);
}

// Numbers of builds count within a builder only: builder "new" is at its first.
TEST_P(CommentText, WhereMarksAloneAreTooManyTheNewReportIsSaidWhateverItsNumber) {
  std::string comment;
  for (int i = 0; i < 40; ++i)
    comment = section(comment, "builder " + std::to_string(i), 1000 + i, "text " + std::to_string(i), 400);
  comment = section(comment, "new", 1, "its first build", 400);
  EXPECT_LE(comment.size(), 400U);
  EXPECT_THAT(comment, HasSubstr("its first build"));
  EXPECT_EQ(section(comment, "new", 1, "its first build", 400), comment);
}

INSTANTIATE_TEST_SUITE_P(Marks, CommentText, testing::Values(Mark::html_comment, Mark::link_definition));

}  // namespace
}  // namespace carillon::reporter
