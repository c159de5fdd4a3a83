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

}  // namespace
}  // namespace carillon::reporter
