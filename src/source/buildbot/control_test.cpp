#include "source/buildbot/buildbot_fixture.hpp"

namespace carillon::source::buildbot {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Control : public BuildbotMaster {
 protected:
  void connect(std::vector<std::pair<std::string, settings::Value>> more = {}) {
    master_ = make(arguments(fake_.url(), std::move(more)), environment_);
  }
  Result<json::value> call(const std::string& path, const std::string& method) {
    json::object params;
    params["reason"] = "ann: too slow";
    return await(master_->command(path, method, std::move(params)));
  }
};

TEST_F(Control, CallsTheMethod) {
  connect();
  const auto result = call("builds/7", "stop");
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_TRUE(result->is_null());
  fake_.call_answer.body = R"({"jsonrpc":"2.0","id":2,"result":[7,{"3":9}]})";
  EXPECT_EQ(*call("forceschedulers/all", "force"), json::parse(R"([7,{"3":9}])"));
  ASSERT_EQ(fake_.calls.size(), 2U);
  EXPECT_EQ(fake_.calls[0].path, "builds/7");
  EXPECT_EQ(fake_.calls[0].body,
            json::parse(R"({"jsonrpc":"2.0","id":1,"method":"stop","params":{"reason":"ann: too slow"}})")
                .as_object());
  EXPECT_EQ(fake_.calls[1].body["id"], 2);
  EXPECT_FALSE(fake_.calls[0].by_login);
}

TEST_F(Control, IsDoneByTheLoginAlsoWhereNobodyMustLogIn) {
  connect({{"auth", login("ann", "password")}});
  ASSERT_TRUE(call("builds/7", "stop"));
  ASSERT_TRUE(call("builds/8", "stop"));
  ASSERT_EQ(fake_.calls.size(), 2U);
  EXPECT_TRUE(fake_.calls[0].by_login);
  EXPECT_EQ(fake_.logins, 1);
}

TEST_F(Control, LogsInAgainWhenTheSessionHasExpired) {
  fake_.calls_want_login = true;
  connect({{"auth", login("ann", "password")}});
  ASSERT_TRUE(call("builds/7", "stop"));
  fake_.session = "renewed";
  ASSERT_TRUE(call("builds/8", "stop"));
  EXPECT_EQ(fake_.calls.size(), 2U);
  EXPECT_EQ(fake_.logins, 2);
}

TEST_F(Control, TellsWhyItIsForbidden) {
  fake_.calls_want_login = true;
  connect();
  const auto forbidden = call("builds/7", "stop");
  ASSERT_FALSE(forbidden);
  EXPECT_EQ(forbidden.error().kind, Failure::Kind::rejected);
  EXPECT_EQ(forbidden.error().what, "you need to have role 'ringers'");
  connect({{"auth", login("ann", "wrong-secret")}});
  const auto wrong = call("builds/7", "stop");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, Failure::Kind::rejected);
  EXPECT_THAT(wrong.error().what, AllOf(HasSubstr("'ann' failed"), Not(HasSubstr("secret"))));
}

TEST_F(Control, TellsWhyTheMasterRefuses) {
  connect();
  fake_.call_answer = {.status = 400,
                       .body = R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":)"
                               R"({"reason":"'Why:' needs to be specified","version":"too long"}}})"};
  const auto refused = call("forceschedulers/all", "force");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Failure::Kind::rejected);
  EXPECT_EQ(refused.error().what, "reason: 'Why:' needs to be specified; version: too long");
}

TEST_F(Control, FindsOutThatTheMasterFailsBecauseNothingIsThere) {
  connect();
  fake_.call_answer = {.status = 500, .body = R"({"error":{"code":-32603,"message":"AttributeError: x"}})"};
  const auto unknown = call("forceschedulers/none", "force");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Failure::Kind::rejected);
  EXPECT_EQ(unknown.error().what, "forceschedulers/none does not exist");
  const auto failed = call("forceschedulers/all", "force");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(failed.error().what, "the master failed: AttributeError: x");
  EXPECT_EQ(fake_.calls.size(), 2U);  // neither was tried again
}

TEST_F(Control, DoesNotRepeatWhatMayHaveBeenHeard) {
  connect();
  fake_.call_answer.cut = 0;
  const auto lost = call("builds/7", "stop");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(fake_.calls.size(), 1U);
}

}  // namespace
}  // namespace carillon::source::buildbot
