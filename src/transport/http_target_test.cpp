#include "transport/http_target.hpp"

#include <gtest/gtest.h>

namespace carillon::http {
namespace {

TEST(Target, SplitsUrls) {
  const auto target = parse_target("HTTPS://u:p@Example.ORG:8443?q=1#f", "s=2");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->origin, "https://example.org:8443");
  EXPECT_EQ(target->path, "/");
  EXPECT_EQ(target->request, "HTTPS://u:p@Example.ORG:8443?q=1&s=2");
  EXPECT_FALSE(target->loopback);
  for (const auto* url :
       {"http://localhost/", "http://127.1.2.3:80", "http://[::1]:80/", "http://a.localhost"}) {
    EXPECT_TRUE(parse_target(url)->loopback) << url;
  }
  EXPECT_FALSE(parse_target("http://127.0.0.1.example.org/")->loopback);
}

}  // namespace
}  // namespace carillon::http
