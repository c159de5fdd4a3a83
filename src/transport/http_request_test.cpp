#include "transport/http_request.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

namespace carillon::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::optional<Plain> plain_of(const Request& request) {
  const auto target = checked_target(request);
  EXPECT_TRUE(target) << request.url;
  return target ? plain(request, *target) : std::nullopt;
}

TEST(PlainRequest, SaysWhatIsWritten) {
  const auto plain = plain_of({.method = "POST",
                               .url = "HTTP://Example.org:8080?a=1#part",
                               .secret_query = "key=k",
                               .headers = {{"Content-Type", "text/x"}},
                               .body = "12345"});
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "example.org");
  EXPECT_EQ(plain->port, "8080");
  EXPECT_EQ(plain->head,
            "POST /?a=1&key=k HTTP/1.1\r\nHost: example.org:8080\r\nUser-Agent: carillon/" CARILLON_VERSION
            "\r\nAccept: */*\r\nContent-Type: text/x\r\nContent-Length: 5\r\n\r\n");
}

TEST(PlainRequest, PathsPortsAndAddresses) {
  EXPECT_THAT(plain_of({.url = "http://h"})->head, StartsWith("GET / HTTP/1.1\r\nHost: h\r\n"));
  EXPECT_EQ(plain_of({.url = "http://h"})->port, "80");
  EXPECT_THAT(plain_of({.url = "http://h/a/b?c"})->head, StartsWith("GET /a/b?c HTTP/1.1\r\n"));
  const auto six = plain_of({.url = "http://[::1]:81/x"});
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->port, "81");
  EXPECT_THAT(six->head, HasSubstr("\r\nHost: [::1]:81\r\n"));
}

TEST(PlainRequest, OwnHeadersReplaceTheUsualOnes) {
  const auto plain =
      plain_of({.url = "http://h/",
                .headers = {{"user-agent", "me"}, {"Host", "other"}, {"Authorization", "Bearer t"}},
                .auth = Auth{Auth::Scheme::basic, "u", Secret("p")}});
  ASSERT_TRUE(plain);
  EXPECT_THAT(plain->head, HasSubstr("\r\nuser-agent: me\r\n"));
  EXPECT_THAT(plain->head, HasSubstr("\r\nHost: other\r\n"));
  EXPECT_THAT(plain->head, HasSubstr("\r\nAuthorization: Bearer t\r\n"));
  EXPECT_THAT(plain->head, Not(HasSubstr("Basic")));
  EXPECT_THAT(plain->head, Not(HasSubstr("carillon/")));
  EXPECT_THAT(plain->head, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(plain->head, EndsWith("\r\n\r\n"));
}

TEST(PlainRequest, LeavesWhatNeedsMoreToOthers) {
  EXPECT_FALSE(plain_of({.url = "https://h/"}));
  EXPECT_FALSE(plain_of({.url = "http://user:word@h/"}));
  EXPECT_FALSE(plain_of({.url = "http://b\xC3\xBC"
                                "cher.example/"}));
  EXPECT_FALSE(plain_of({.method = "POST", .url = "http://h/", .body = std::string(100'000, 'x')}));
  EXPECT_FALSE(plain_of({.url = "http://h/", .auth = Auth{Auth::Scheme::digest, "u", Secret("p")}}));
}

TEST(PlainRequest, WhatIsNoUrlGoesNowhere) {
  for (const char* url : {"http://h:port/", "http://h:99999/", "http://[::1/", "http://[host/", "ftp://h/"}) {
    const auto target = checked_target({.url = url});
    ASSERT_FALSE(target) << url;
    EXPECT_EQ(target.error().kind, Failure::Kind::rejected);
    EXPECT_EQ(target.error().what, "not an http or https URL: " + std::string(url));
  }
}

TEST(PlainRequest, AProxyIsForLibcurl) {
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) {
    setenv(name, "http://127.0.0.1:1/", 1);
    EXPECT_FALSE(plain_of({.url = "http://example.org/"})) << name;
    EXPECT_TRUE(plain_of({.url = "http://127.0.0.1:8000/"})) << name;
    unsetenv(name);
  }
  EXPECT_TRUE(plain_of({.url = "http://example.org/"}));
}

}  // namespace
}  // namespace carillon::http
