#include "base/url.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

struct Parts {
  std::string text;
  std::string scheme, login, host, port, path, query, fragment;
};

TEST(UrlParts, AreTheTextsOwn) {
  const Parts all[] = {
      {"http://h", "http", "", "h", "", "", "", ""},
      {"HTTPS://u:p@Host.test:8443/a/b?c=d#e", "HTTPS", "u:p@", "Host.test", "8443", "/a/b", "?c=d", "#e"},
      {"http://h?q", "http", "", "h", "", "", "?q", ""},
      {"http://h#f?q", "http", "", "h", "", "", "", "#f?q"},
      {"http://h:/", "http", "", "h", "", "/", "", ""},
      {"wss://[::1]:81/x", "wss", "", "[::1]", "81", "/x", "", ""},
      {"http://[fe80::1%eth0]:81/", "http", "", "[fe80::1%eth0]", "81", "/", "", ""},
      {"http://127.0.0.1.test:8/a", "http", "", "127.0.0.1.test", "8", "/a", "", ""},
      {"http://10.0.0.1", "http", "", "10.0.0.1", "", "", "", ""},
      {"file:///a", "file", "", "", "", "/a", "", ""},
      // What belongs into no URL stands for itself.
      {"http://u@x:p%w@h/a b|c%d[e]?f{g}?h\"#i#j", "http", "u@x:p%w@", "h", "", "/a b|c%d[e]", "?f{g}?h\"",
       "#i#j"},
      {"http://b\xC3\xBC"
       "cher.test/\xC3\xBC",
       "http", "",
       "b\xC3\xBC"
       "cher.test",
       "", "/\xC3\xBC", "", ""},
  };
  for (const Parts& of : all) {
    const auto url = Url::parse(of.text);
    ASSERT_TRUE(url) << of.text;
    EXPECT_EQ(url->scheme, of.scheme);
    EXPECT_EQ(url->login, of.login);
    EXPECT_EQ(url->host, of.host);
    EXPECT_EQ(url->port, of.port);
    EXPECT_EQ(url->path, of.path);
    EXPECT_EQ(url->query, of.query);
    EXPECT_EQ(url->fragment, of.fragment);
  }
}

TEST(UrlParts, AuthorityAndPort) {
  const auto with = Url::parse("https://u:p@h:81/x");
  EXPECT_EQ(with->authority(), "h:81");
  EXPECT_EQ(with->known_port(), "81");
  const auto without = Url::parse("https://h");
  EXPECT_EQ(without->authority(), "h");
  EXPECT_EQ(without->known_port(), "443");
  EXPECT_EQ(Url::parse("WS://h/")->known_port(), "80");
  EXPECT_EQ(Url::parse("ssh://h/")->known_port(), "");
  EXPECT_EQ(Url::parse("http://h:/")->known_port(), "80");
  EXPECT_TRUE(without->is_http());
  EXPECT_FALSE(Url::parse("HTTP://h/")->is_http());
  EXPECT_FALSE(Url::parse("httpx://h/")->is_http());
}

TEST(UrlParts, WhatIsNoUrlHasNone) {
  for (const char* text : {"", "h", "://h", "http:/h", "http:h", "1http://h/", "http://h:port/",
                           "http://h:65536/", "http://h:99999999999/", "http://[::1/", "http://[host]/",
                           "http://::1/", "http://h:1:2/", "ht tp://h/", "http://]h[/"}) {
    EXPECT_FALSE(Url::parse(text)) << text;
  }
  EXPECT_TRUE(Url::parse("http://h:065535/"));
}

}  // namespace
}  // namespace carillon
