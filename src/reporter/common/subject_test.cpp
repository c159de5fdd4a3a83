#include "reporter/common/subject.hpp"

#include <gmock/gmock.h>

namespace carillon::reporter {
namespace {

const std::vector<std::pair<std::string, std::string>> values = {{"builder", "b\xc3\xa4r %(title)s"},
                                                                 {"title", "T"}};
const std::vector<std::string> names = {"builder", "title"};

TEST(Subject, FillsIn) {
  EXPECT_EQ(fill_subject("100%% of %(builder)s in %(title)s", values), "100% of b\xc3\xa4r %(title)s in T");
  EXPECT_EQ(fill_subject("[%(builder).2s|%(title)4s|%(title)-4s]", values), "[b\xc3\xa4|   T|T   ]");
  EXPECT_EQ(fill_subject("", values), "");
}

TEST(Subject, Checks) {
  EXPECT_EQ(check_subject("%(builder)s %% %(title)-10.3s", names), "");
  for (const char* wrong : {"100% done", "%s", "%(builder)", "%(builder", "%(title)d", "%", "%(title)5"}) {
    EXPECT_THAT(check_subject(wrong, names), testing::HasSubstr("not of the form %(name)s")) << wrong;
  }
  EXPECT_EQ(check_subject("%(nope)s", names), "'nope' is not known; there are builder, title");
}

TEST(SubjectMark, SaysWhichTryItIs) {
  const auto mark = [](std::string_view format, const char* build) {
    return subject_mark(format, json::parse(build).as_object());
  };
  EXPECT_EQ(mark(usual_subject, R"({"number": 42, "attempt": 2})"), " (build #42, attempt 2)");
  EXPECT_EQ(mark(usual_subject, R"({"number": 42, "attempt": 1})"), "");
  EXPECT_EQ(mark(usual_subject, R"({"number": 42})"), "");
  EXPECT_EQ(mark("%(builder)s", R"({"number": 42, "attempt": 2})"), "") << "somebody's own";
}

}  // namespace
}  // namespace carillon::reporter
