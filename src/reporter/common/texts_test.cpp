#include "reporter/common/texts.hpp"

#include <gtest/gtest.h>

namespace carillon::reporter {
namespace {

TEST(ShownUrl, HidesWhatMayBeSecret) {
  EXPECT_EQ(shown_url("http://host/path"), "http://host/path");
  EXPECT_EQ(shown_url("https://user:p@ss@host:81/a@b?k=v#f"), "https://host:81/a@b");
  EXPECT_EQ(shown_url("http://user:pw@host"), "http://host");
  EXPECT_EQ(shown_url("nonsense?secret"), "nonsense");
  EXPECT_EQ(shown_url("http://user:pw@host:port/x"), "http://");
  EXPECT_EQ(shown_url("http://host/a b\nc"), "http://host/a b c");
}

TEST(IsHttpUrl, NeedsASchemeAndAHost) {
  EXPECT_TRUE(is_http_url("http://h"));
  EXPECT_TRUE(is_http_url("https://h/x"));
  EXPECT_FALSE(is_http_url("http:///x"));
  EXPECT_FALSE(is_http_url("http://"));
  EXPECT_FALSE(is_http_url("ftp://h/"));
  EXPECT_FALSE(is_http_url("http://?x"));
  EXPECT_FALSE(is_http_url("http://h:port/"));
}

TEST(BuildSummary, IsOneLine) {
  const auto build = json::parse(R"({"number": 7, "builder": {"name": "a\r\nb"}, "results": 6})").as_object();
  EXPECT_EQ(build_summary(build), "build #7 of a b: cancelled");
  EXPECT_EQ(build_summary(json::parse(R"({"number": 7, "builder": {"name": "x"}})").as_object()),
            "build #7 of x started");
  EXPECT_EQ(
      build_summary(
          json::parse(R"({"number": 7, "attempt": 2, "builder": {"name": "x"}, "results": 0})").as_object()),
      "build #7, attempt 2, of x: success");
}

}  // namespace
}  // namespace carillon::reporter
