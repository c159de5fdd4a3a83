#include "source/hook/token.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "source/credentials.hpp"

namespace carillon::source::hook {
namespace {

bool shown(std::string authorization, std::string own = "") {
  web::Head head;
  head.authorization = std::move(authorization);
  if (!own.empty()) head.headers["x-carillon-token"] = std::move(own);
  return shows_token(head, {Secret("old"), Secret("new")});
}

TEST(HookTokenTest, IsInAnyOfThreePlaces) {
  EXPECT_TRUE(shown("Bearer new"));
  EXPECT_TRUE(shown("bearer old"));
  EXPECT_TRUE(shown("Basic " + base64_encode("anybody:new")));
  EXPECT_TRUE(shown("", "new"));
}

TEST(HookTokenTest, AnythingElseIsRefused) {
  for (const std::string text : {"", "new", "Bearer", "Bearer ", "Bearer newer", "Digest new", "Basic new"})
    EXPECT_FALSE(shown(text)) << text;
  EXPECT_FALSE(shown("Basic " + base64_encode("new:")));
  EXPECT_FALSE(shown("Bearer wrong", "new"));
  EXPECT_FALSE(shown("", "wrong"));
  EXPECT_FALSE(shows_token(web::Head(), {}));
}

TEST(HookTokenTest, NoTokenLetsInWhoeverPosts) {
  EXPECT_TRUE(shows_token(web::Head(), {Secret(std::string(no_token))}));
  web::Head head;
  head.authorization = "Bearer wrong";
  EXPECT_TRUE(shows_token(head, {Secret(std::string(no_token))}));
  EXPECT_FALSE(lets_anybody_in({Secret("a")}));
  EXPECT_FALSE(lets_anybody_in({}));
}

}  // namespace
}  // namespace carillon::source::hook
