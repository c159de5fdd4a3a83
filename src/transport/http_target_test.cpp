#include "transport/http_target.hpp"

#include <gtest/gtest.h>

namespace carillon::http {
namespace {

TEST(Target, SplitsUrls) {
  const auto target = parse_target("HTTPS://u:p@Example.ORG:8443?q=1#f", "s=2");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->origin, "https://example.org:8443");
  EXPECT_TRUE(target->secure);
  EXPECT_EQ(target->host, "example.org");
  EXPECT_EQ(target->port, "8443");
  EXPECT_EQ(target->authority(), "example.org:8443");
  EXPECT_TRUE(target->has_login);
  EXPECT_EQ(target->path, "/");
  EXPECT_EQ(target->query, "?q=1&s=2");
  EXPECT_EQ(target->request, "HTTPS://u:p@Example.ORG:8443?q=1&s=2");
  EXPECT_FALSE(target->loopback);
  for (const auto* url :
       {"http://localhost/", "http://127.1.2.3:80", "http://[::1]:80/", "http://a.localhost"}) {
    EXPECT_TRUE(parse_target(url)->loopback) << url;
  }
  EXPECT_FALSE(parse_target("http://127.0.0.1.example.org/")->loopback);
  EXPECT_EQ(parse_target("http://[::1]/", "k")->query, "?k");
  EXPECT_EQ(parse_target("http://[::1]/")->host, "::1");
  EXPECT_EQ(parse_target("http://[::1]/")->port, "80");
  for (const auto* url : {"ftp://h/", "http:///x", "http://h/a b", "http://h/\x01", "h"})
    EXPECT_FALSE(parse_target(url)) << url;
}

}  // namespace
}  // namespace carillon::http
