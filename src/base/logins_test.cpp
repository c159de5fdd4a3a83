#include "base/logins.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(Logins, PasswordsOfUrlsAreHidden) {
  EXPECT_EQ(without_logins("https://ci:hunter2@git.example.org/bell.git"),
            "https://ci:***@git.example.org/bell.git");
  EXPECT_EQ(without_logins("see <a href=\"http://a:b@h:80\">x</a> and ftp://c:d@[::1]/"),
            "see <a href=\"http://a:***@h:80\">x</a> and ftp://c:***@[::1]/");
  EXPECT_EQ(without_logins("https://ci:p@ss@git.example.org"), "https://ci:***@git.example.org");
  EXPECT_EQ(without_logins("https://:secret@git.example.org/?q=a@b"), "https://:***@git.example.org/?q=a@b");
  EXPECT_EQ(without_logins("{\"url\":\"https:\\/\\/ci:hunter2@h\\/x\"}"),
            "{\"url\":\"https:\\/\\/ci:***@h\\/x\"}");
}

TEST(Logins, ANameThatIsATokenIsHidden) {
  EXPECT_EQ(without_logins("https://ghp_0123456789abcdefghij@github.com/o/r"), "https://***@github.com/o/r");
  EXPECT_EQ(without_logins("https://ghp_0123456789abcdefghij:x-oauth-basic@github.com"),
            "https://***:***@github.com");
}

TEST(Logins, AllElseStays) {
  for (const std::string text :
       {"", "@", "a@b", "://@", "https://git.example.org/@ada/bell", "git@github.com:o/r.git",
        "ssh://git@github.com/o/r", "https://ada@bitbucket.org/o/r", "Ada <ada@example.org>",
        "https://h/?to=ada:x@example.org", "//a:b@c", "mailto:ada@example.org",
        "http://h and ada:x@example.org"})
    EXPECT_EQ(without_logins(text), text);
}

TEST(Logins, InEachTextOfAnObject) {
  json::object event =
      json::parse(R"({"url": "https://a:b@h/", "list": [1, {"repository": ["http://c:d@h", "Git"]}],
      "https://e:f@h": "name", "owner": "ada@example.org"})")
          .as_object();
  EXPECT_TRUE(hide_logins(event));
  EXPECT_EQ(json::value(event),
            json::parse(R"({"url": "https://a:***@h/", "list": [1, {"repository": ["http://c:***@h", "Git"]}],
      "https://e:f@h": "name", "owner": "ada@example.org"})"));
  EXPECT_FALSE(hide_logins(event)) << "there are none any more";
}

}  // namespace
}  // namespace carillon
