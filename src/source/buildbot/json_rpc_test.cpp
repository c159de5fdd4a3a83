#include "source/buildbot/json_rpc.hpp"

#include <gmock/gmock.h>

namespace carillon::source::buildbot {
namespace {

using testing::HasSubstr;

Result<json::value> answered(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return json_rpc_result(response, "forceschedulers/x", 1'700'000'000);
}

TEST(JsonRpc, CallsWithNamedParameters) {
  json::object params;
  params["reason"] = "because \"I\" say so";
  EXPECT_EQ(
      json::parse(json_rpc_call("stop", params, 7)),
      json::parse(R"({"jsonrpc":"2.0","id":7,"method":"stop","params":{"reason":"because \"I\" say so"}})"));
}

TEST(JsonRpc, GivesTheResult) {
  EXPECT_EQ(*answered(200, R"({"jsonrpc":"2.0","id":1,"result":[7,{"3":7}]})"),
            json::parse(R"([7,{"3":7}])"));
  EXPECT_TRUE(answered(200, R"({"jsonrpc":"2.0","id":1,"result":null})")->is_null());
}

TEST(JsonRpc, TellsWhyTheMasterRefuses) {
  struct Case {
    int status;
    std::string body;
    Failure::Kind kind;
    std::string what;
  };
  const Case cases[] = {
      {400,
       R"({"error":{"code":-32602,"message":{"reason":"'Why:' needs to be specified","jobs":"no\nint"}}})",
       Failure::Kind::rejected, "reason: 'Why:' needs to be specified; jobs: no int"},
      {400, R"({"error":{"code":-32602,"message":{"username":"username: please fill in"}}})",
       Failure::Kind::rejected, "username: please fill in"},
      {400, R"({"error":{"message":{"a":["x"]}}})", Failure::Kind::rejected, R"(a: ["x"])"},
      {403, R"({"error":{"message":"you need to have role 'admins'"}})", Failure::Kind::rejected,
       "you need to have role 'admins'"},
      {399, R"({"error":{"message":"odd"}})", Failure::Kind::unreachable, "the master failed: odd"},
      {200, R"({"error":{"message":"odd"},"result":null})", Failure::Kind::rejected, "odd"},
      {400, R"({"error":"plain"})", Failure::Kind::rejected, "plain"},
      {501, R"({"error":{"message":"action: x is not supported"}})", Failure::Kind::rejected,
       "action: x is not supported"},
      {404, R"({"error":{"message":"Invalid path: forceschedulers/x"}})", Failure::Kind::rejected,
       "forceschedulers/x does not exist"},
      {500, R"({"error":{"message":"TypeError: x"}})", Failure::Kind::unreachable,
       "the master failed: TypeError: x"},
  };
  for (const auto& c : cases) {
    const auto result = answered(c.status, c.body);
    ASSERT_FALSE(result) << c.body;
    EXPECT_EQ(result.error().kind, c.kind) << c.body;
    EXPECT_EQ(result.error().what, c.what);
  }
}

TEST(JsonRpc, DoesNotTrustTheAnswer) {
  for (const auto* body : {"", "<html>", "[]", "{}", "7", R"({"id":1})", "{\"result\":1"}) {
    const auto result = answered(200, body);
    ASSERT_FALSE(result) << body;
    EXPECT_EQ(result.error().kind, Failure::Kind::unreachable);
    EXPECT_THAT(result.error().what, HasSubstr("not JSON-RPC"));
  }
  EXPECT_EQ(answered(502, "<html>proxy</html>").error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(answered(400, R"({"error":{"message":{}}})").error().kind, Failure::Kind::rejected);
  EXPECT_THAT(answered(400, R"({"error":{"message":{}}})").error().what, HasSubstr("400"));
  const auto long_one = answered(400, R"({"error":{"message":")" + std::string(100'000, 'x') + "\"}}");
  EXPECT_LT(long_one.error().what.size(), 1100U);
}

}  // namespace
}  // namespace carillon::source::buildbot
