#include "transport/http_redirect.hpp"

#include <gtest/gtest.h>

namespace carillon::http {
namespace {

struct Step {
  std::string method;
  std::string url;
  int status;
  std::string location;
  std::string leads_to;  // empty: nowhere
  bool repeat = false;   // Request::redirects_repeat
};

Request request_of(const Step& step) {
  Request request{.method = step.method, .url = step.url, .body = "body"};
  request.redirects_repeat = step.repeat;
  return request;
}

Response answer_of(const Step& step) {
  return {step.status, {{"location", step.location}}, {}};
}

TEST(Redirect, StaysOnTheServerAndRepeatsNothingThatWasNotAskedFor) {
  const Step steps[] = {
      // GET and HEAD go on with any status.
      {"GET", "http://h/a", 301, "/b", "http://h/b"},
      {"HEAD", "http://h/a", 303, "/b", "http://h/b"},
      {"GET", "http://h/a", 300, "/b", ""},
      {"GET", "http://h/a", 304, "/b", ""},
      {"GET", "http://h/a", 200, "/b", ""},
      // Others with 307 and 308, and where the service says that 301 and 302 mean the same.
      {"POST", "http://h/a", 307, "/b", "http://h/b"},
      {"PUT", "http://h/a", 308, "/b", "http://h/b"},
      {"POST", "http://h/a", 301, "/b", ""},
      {"POST", "http://h/a", 302, "/b", ""},
      {"POST", "http://h/a", 303, "/b", ""},
      {"POST", "http://h/a", 301, "/b", "http://h/b", true},
      {"PATCH", "http://h/a", 302, "/b", "http://h/b", true},
      {"POST", "http://h/a", 303, "/b", "", true},
      // A server that went to https has not looked at anything.
      {"POST", "http://h/a?q=1", 301, "https://h/a?q=1", "https://h/a?q=1"},
      {"POST", "http://h", 302, "https://H/", "https://H/"},
      {"POST", "http://h:8010/a", 301, "https://h:8443/a", "https://h:8443/a"},
      {"POST", "http://h/a", 301, "https://h/login", ""},
      {"POST", "http://h/a", 303, "https://h/a", ""},
      {"POST", "http://h/a", 307, "https://h/b", "https://h/b"},
      // Nobody else.
      {"GET", "http://h/a", 302, "http://other/a", ""},
      {"GET", "http://h/a", 302, "//other/a", ""},
      {"GET", "http://h/a", 302, "http://h.other/a", ""},
      {"GET", "http://h/a", 302, "http://h@other/a", ""},
      {"GET", "http://h/a", 302, "http://h:81/a", ""},
      {"GET", "https://h/a", 302, "https://h:444/a", ""},
      {"GET", "https://h/a", 302, "http://h/a", ""},
      {"POST", "http://[::1]:80/a", 307, "https://[::1]/a", "https://[::1]/a"},
      {"GET", "https://h/a", 302, "https://h:443/b", "https://h:443/b"},
      {"GET", "http://h/a", 302, "http://H:80/b", "http://H:80/b"},
      {"GET", "http://h/a", 302, "ftp://h/b", ""},
      {"GET", "http://h/a", 302, "http:///b", ""},
      {"GET", "http://h/a", 302, "/b c", ""},
      {"GET", "http://h/a", 302, "", ""},
      // Locations of all forms.
      {"GET", "http://h/a/b?q=1#f", 302, "c?x=http://y", "http://h/a/c?x=http://y"},
      {"GET", "http://h/a/b?q=1", 302, "?q=2", "http://h/a/b?q=2"},
      {"GET", "http://h", 302, "c", "http://h/c"},
      {"GET", "http://h?q=1", 302, "c", "http://h/c"},
      {"GET", "https://h/a", 302, "//h/b", "https://h/b"},
      {"GET", "http://h/a", 302, " /b#there ", "http://h/b"},
      // The login of the configuration goes along, and no other.
      {"GET", "http://u:p@h/a", 302, "/b", "http://u:p@h/b"},
      {"GET", "http://u:p@h/a", 302, "https://x:y@h/b", "https://u:p@h/b"},
      {"GET", "http://h/a", 302, "http://x:y@h/b", "http://h/b"},
  };
  for (const Step& step : steps) {
    Request request = request_of(step);
    const bool goes_on = redirect(request, answer_of(step));
    const std::string what =
        step.method + " " + step.url + " " + std::to_string(step.status) + " " + step.location;
    EXPECT_EQ(goes_on, !step.leads_to.empty()) << what;
    EXPECT_EQ(request.url, goes_on ? step.leads_to : step.url) << what;
    EXPECT_EQ(request.method, step.method);
    EXPECT_EQ(request.body, "body");
  }
}

TEST(Redirect, EndsAfterFive) {
  Request request{.url = "http://h/a"};
  const Response again{302, {{"location", "/a"}}, {}};
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(redirect(request, again));
  EXPECT_FALSE(redirect(request, again));
  Request login{.url = "http://h/a", .redirects = 0};
  EXPECT_FALSE(redirect(login, again));
  Request nowhere{.url = "http://h/a"};
  EXPECT_FALSE(redirect(nowhere, {302, {}, {}}));
}

TEST(Redirect, ASecretQueryIsNotSentTwiceAndStaysSecret) {
  Request request{.method = "POST", .url = "http://h/a?x=1", .secret_query = "key=hush"};
  ASSERT_TRUE(redirect(request, {301, {{"location", "https://h/a?x=1&key=hush"}}, {}}));
  EXPECT_EQ(request.url, "https://h/a?x=1");
  EXPECT_EQ(request.secret_query, "key=hush");
  ASSERT_TRUE(redirect(request, {307, {{"location", "/b?key=hush"}}, {}}));
  EXPECT_EQ(request.url, "https://h/b");
  ASSERT_TRUE(redirect(request, {307, {{"location", "/c"}}, {}}));
  EXPECT_EQ(request.url, "https://h/c");
}

}  // namespace
}  // namespace carillon::http
