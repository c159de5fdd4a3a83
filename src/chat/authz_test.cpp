#include "chat/authz.hpp"

#include <gtest/gtest.h>

#include "base/letters.hpp"
#include "fakes/reporter_fixture.hpp"

namespace carillon::chat {
namespace {

using settings::Dict;
using settings::List;
using settings::Value;
using Access = Authz::Access;
using test::Keywords;
using test::text;

Value dict(std::vector<std::pair<Value, Value>> items) {
  Dict made;
  for (auto& [key, value] : items) {
    made.keys.push_back(std::move(key));
    made.values.push_back(std::move(value));
  }
  return Value{std::move(made)};
}

Value names(std::vector<Value> items) {
  return Value{List(items.begin(), items.end())};
}

Authz read(Keywords keywords) {
  settings::Schema schema;
  schema.name = "IRC";
  schema.arguments = {{"authz", {settings::Type::dict}},
                      {"allowForce", {settings::Type::boolean}},
                      {"allowShutdown", {settings::Type::boolean}}};
  settings::Call call;
  call.class_name = "IRC";
  call.where = "x.cfg:3";
  call.keywords = std::move(keywords);
  return Authz::read(settings::Arguments::bind(schema, call), lower);
}

std::string refusal(Keywords keywords) {
  try {
    read(std::move(keywords));
  } catch (const settings::ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Authz, HarmlessIsForAllAndDangerousForNobody) {
  const Authz none;
  for (const char* command : {"status", "notify", "version", "list", "HELP"})
    EXPECT_EQ(none.access(command, "ann", ""), Access::granted) << command;
  for (const char* command : {"force", "stop", "shutdown", "join", "leave", "FORCE"})
    EXPECT_EQ(none.access(command, "ann", ""), Access::denied) << command;
}

TEST(Authz, TheManualsExample) {
  const Authz authz =
      read({{"authz", dict({{text("version"), Value{true}},
                            {text(""), names({text("alice"), text("bob")})},
                            {names({text("force"), text("stop")}), names({text("alice")})}})}});
  EXPECT_EQ(authz.access("version", "eve", ""), Access::granted);
  EXPECT_EQ(authz.access("status", "bob", ""), Access::granted);
  EXPECT_EQ(authz.access("status", "eve", ""), Access::denied);
  EXPECT_EQ(authz.access("force", "alice", ""), Access::granted);
  EXPECT_EQ(authz.access("stop", "bob", ""), Access::denied);
  EXPECT_EQ(authz.access("shutdown", "alice", ""), Access::denied);
}

TEST(Authz, OneNameMayStandAlone) {
  const Authz authz =
      read({{"authz", dict({{names({text("force"), text("stop")}), text("AuthorizedNick")}})}});
  EXPECT_EQ(authz.access("Force", "authorizednick", ""), Access::granted);
  EXPECT_EQ(authz.access("force", "other", ""), Access::denied);
}

TEST(Authz, NumbersAreNamesToo) {
  const Authz authz = read({{"authz", dict({{text("!"), names({Value{std::int64_t{123456}}})}})}});
  EXPECT_EQ(authz.access("shutdown", "123456", ""), Access::granted);
  EXPECT_EQ(authz.access("join", "123456", ""), Access::granted);
  EXPECT_EQ(authz.access("shutdown", "789", ""), Access::denied);
}

TEST(Authz, TheNearestRuleCounts) {
  const Authz authz = read({{"authz", dict({{text("*"), Value{false}},
                                            {text("!"), Value{true}},
                                            {text(""), Value{true}},
                                            {text("help"), Value{true}}})}});
  EXPECT_EQ(authz.access("help", "ann", ""), Access::granted);
  EXPECT_EQ(authz.access("status", "ann", ""), Access::denied);
  EXPECT_EQ(authz.access("force", "ann", ""), Access::denied);
}

TEST(Authz, AnAccountIsAskedForOnlyWhenItMatters) {
  const Authz authz = read({{"authz", dict({{text("!"), names({text("account:Ann"), text("bob")})}})}});
  EXPECT_EQ(authz.access("force", "bob", std::nullopt), Access::granted);
  EXPECT_EQ(authz.access("status", "x", std::nullopt), Access::granted);
  EXPECT_EQ(authz.access("force", "x", std::nullopt), Access::ask_account);
  EXPECT_EQ(authz.access("force", "x", "ann"), Access::granted);
  EXPECT_EQ(authz.access("force", "x", ""), Access::denied);
  EXPECT_EQ(authz.access("force", "ann", ""), Access::denied) << "a nick is no account";
  EXPECT_EQ(authz.access("force", "account:ann", ""), Access::denied);
}

TEST(Authz, TheOldArgumentsStillWork) {
  const Authz authz = read({{"allowForce", Value{true}}, {"allowShutdown", Value{false}}});
  EXPECT_EQ(authz.access("force", "x", ""), Access::granted);
  EXPECT_EQ(authz.access("stop", "x", ""), Access::granted);
  EXPECT_EQ(authz.access("shutdown", "x", ""), Access::denied);
  EXPECT_EQ(read({{"allowShutdown", Value{true}}}).access("shutdown", "x", ""), Access::granted);
  EXPECT_NE(refusal({{"allowForce", Value{true}}, {"authz", dict({})}}).find("allowForce"),
            std::string::npos);
}

TEST(Authz, RefusesOtherShapes) {
  EXPECT_NE(refusal({{"authz", dict({{names({text("stop"), text("Forse")}), Value{true}}})}})
                .find("there is not a command 'forse'; did you mean 'force'?"),
            std::string::npos);
  EXPECT_NE(refusal({{"authz", dict({{Value{std::int64_t{3}}, Value{true}}})}}).find("a key must be"),
            std::string::npos);
  EXPECT_NE(refusal({{"authz", dict({{names({Value{true}}), Value{true}}})}}).find("a command must be"),
            std::string::npos);
  EXPECT_NE(refusal({{"authz", dict({{text("stop"), names({Value{true}})}})}}).find("'stop': must be"),
            std::string::npos);
  EXPECT_NE(refusal({{"authz", dict({{text("stop"), Value{1.5}}})}}).find("'stop': must be"),
            std::string::npos);
}

}  // namespace
}  // namespace carillon::chat
