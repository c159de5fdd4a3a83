#include "master/push/push.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "fakes/run.hpp"
#include "settings/error.hpp"

namespace carillon::master::push {
namespace {

Push make(const std::string& token) {
  settings::Call call;
  call.class_name = "Push";
  call.where = "x.cfg:1";
  call.keywords.emplace_back("token", settings::Value{Secret(token)});
  return Push(settings::Arguments::bind(schema(), call), "http://carillon/");
}

TEST(Push, AdmitsBearerAndBasic) {
  const Push push = make("s3cret");
  EXPECT_TRUE(push.admits("Bearer s3cret"));
  EXPECT_TRUE(push.admits("bearer s3cret"));
  EXPECT_TRUE(push.admits("Basic " + base64_encode("anybody:s3cret")));
  EXPECT_FALSE(push.admits(""));
  EXPECT_FALSE(push.admits("Bearer "));
  EXPECT_FALSE(push.admits("Bearer s3cre"));
  EXPECT_FALSE(push.admits("Bearer s3crets3cret"));
  EXPECT_FALSE(push.admits("Basic " + base64_encode("s3cret")));
  EXPECT_FALSE(push.admits("Basic !!!"));
  EXPECT_FALSE(push.admits("Digest s3cret"));
}

TEST(Push, RefusesAnEmptyToken) {
  EXPECT_THROW(make(""), settings::ConfigError);
}

TEST(Push, CannotBeAsked) {
  asio::io_context io;
  Push push = make("s3cret");
  const auto answer = test::run(io, push.get("builds/7/steps"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Failure::Kind::rejected);
}

}  // namespace
}  // namespace carillon::master::push
