#include "source/push/push.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "fakes/run.hpp"
#include "settings/error.hpp"
#include "source/fake_environment.hpp"

namespace carillon::source::push {
namespace {

Push make(settings::Value token, bool serves = true) {
  settings::Call call;
  call.class_name = "Push";
  call.where = "x.cfg:1";
  call.keywords.emplace_back("token", std::move(token));
  FakeEnvironment lent;
  return Push(settings::Arguments::bind(schema(), call), lent.lend(serves));
}
Push make(const std::string& token) {
  return make(settings::Value{Secret(token)});
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

TEST(Push, AdmitsEitherOfTwoTokens) {
  const Push push = make(settings::Value{
      settings::List{settings::Value{Secret("the new one")}, settings::Value{std::string("the old one")}}});
  EXPECT_TRUE(push.admits("Bearer the new one"));
  EXPECT_TRUE(push.admits("Bearer the old one"));
  EXPECT_FALSE(push.admits("Bearer the one"));
  EXPECT_FALSE(push.admits("Bearer "));
}

TEST(Push, RefusesAnEmptyToken) {
  EXPECT_THROW(make(""), settings::ConfigError);
  EXPECT_THROW(make(settings::Value{settings::List{}}), settings::ConfigError);
  EXPECT_THROW(make(settings::Value{settings::List{settings::Value{Secret("x")}, settings::Value{Secret()}}}),
               settings::ConfigError);
  EXPECT_THROW(make(settings::Value{settings::List{settings::Value{std::int64_t{7}}}}),
               settings::ConfigError);
}

TEST(Push, AllItsTokensAreSecrets) {
  settings::Call call;
  call.class_name = "Push";
  call.keywords.emplace_back("token",
                             settings::Value{settings::List{settings::Value{std::string("new-token")},
                                                            settings::Value{Secret("old-token")}}});
  const auto args = settings::Arguments::bind(schema(), call);
  EXPECT_EQ(args.secrets(), (std::vector<Secret>{Secret("new-token"), Secret("old-token")}));
  EXPECT_EQ(args.fingerprint().find("-token"), std::string::npos);
}

TEST(Push, CannotBeAskedForMoreThanWasPosted) {
  asio::io_context io;
  Push push = make("s3cret");
  const auto answer = test::run(io, push.ask_more("builds/7/steps"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Failure::Kind::rejected);
  EXPECT_EQ(answer.error().what, "builds were posted by 'push', which cannot be asked for builds/7/steps");
  EXPECT_EQ(push.commands(), nullptr);
  EXPECT_EQ(push.link_state().has_value(), false);
}

TEST(Push, PagesAreHereOrInTheBuildbotThatUrlNames) {
  EXPECT_EQ(make("s3cret").pages().of("linux", 7), "http://carillon/b/linux/7");
  EXPECT_EQ(make("s3cret").url(), "http://carillon/");
  settings::Call call;
  call.class_name = "Push";
  call.keywords.emplace_back("token", settings::Value{Secret("s3cret")});
  call.keywords.emplace_back("url", settings::Value{std::string("https://ci.example.org/bb")});
  FakeEnvironment lent;
  const Push push(settings::Arguments::bind(schema(), call), lent.lend());
  EXPECT_EQ(push.pages().of("linux", 7), "https://ci.example.org/bb/#builders/linux/builds/7");
}

TEST(Push, NeedsAWebServer) {
  EXPECT_THROW(make(settings::Value{Secret("s3cret")}, false), settings::ConfigError);
}

}  // namespace
}  // namespace carillon::source::push
