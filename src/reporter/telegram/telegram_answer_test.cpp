#include "reporter/telegram/telegram_answer.hpp"

#include <gmock/gmock.h>

namespace carillon::reporter::telegram {
namespace {

using testing::HasSubstr;

Reply reply(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return reply_of(response, 1'700'000'000);
}

Reply refusal(int code, const std::string& description, const std::string& parameters = "") {
  return reply(code, R"({"ok": false, "error_code": )" + std::to_string(code) + R"(, "description": ")" +
                         description + "\"" + parameters + "}");
}

TEST(TelegramAnswer, OkIsDone) {
  const Reply done = reply(200, R"({"ok": true, "result": {"message_id": 5}})");
  EXPECT_EQ(done.kind, Reply::Kind::done);
  EXPECT_EQ(done.result.at("message_id"), 5);
  EXPECT_EQ(done.what, "200");
  EXPECT_TRUE(reply(200, R"({"ok": true})").result.is_null());
}

TEST(TelegramAnswer, RefusalsAreToldApart) {
  const std::vector<std::tuple<int, std::string, Reply::Kind, Failure::Kind>> table = {
      {400, "Bad Request: can't parse entities: Unsupported start tag", Reply::Kind::bad_markup,
       Failure::Kind::rejected},
      {400, "Bad Request: TOPIC_CLOSED", Reply::Kind::no_topic, Failure::Kind::rejected},
      {400, "Bad Request: message thread not found", Reply::Kind::no_topic, Failure::Kind::rejected},
      {400, "Bad Request: message is too long", Reply::Kind::rejected, Failure::Kind::rejected},
      {400, "Bad Request: message text is empty", Reply::Kind::rejected, Failure::Kind::rejected},
      {400, "Bad Request: chat not found", Reply::Kind::gone, Failure::Kind::rejected},
      {403, "Forbidden: bot was blocked by the user", Reply::Kind::gone, Failure::Kind::rejected},
      {403, "Forbidden: bot was kicked from the supergroup chat", Reply::Kind::gone, Failure::Kind::rejected},
      {400, "Bad Request: not enough rights to send text messages", Reply::Kind::rejected,
       Failure::Kind::rejected},
      {401, "Unauthorized", Reply::Kind::bad_token, Failure::Kind::rejected},
      {404, "Not Found", Reply::Kind::bad_token, Failure::Kind::rejected},
      {409, "Conflict: terminated by other getUpdates request", Reply::Kind::conflict,
       Failure::Kind::rejected},
      {429, "Too Many Requests", Reply::Kind::throttled, Failure::Kind::throttled},
      {500, "Internal Server Error", Reply::Kind::unreachable, Failure::Kind::unreachable},
      {502, "Bad Gateway", Reply::Kind::unreachable, Failure::Kind::unreachable}};
  for (const auto& [code, description, kind, failure] : table) {
    const Reply one = refusal(code, description);
    EXPECT_EQ(one.kind, kind) << description;
    EXPECT_EQ(one.what, std::to_string(code) + " " + description);
    EXPECT_EQ(failure_of(one).kind, failure) << description;
    EXPECT_EQ(failure_of(one).what, one.what);
  }
}

TEST(TelegramAnswer, WhatIsAsItShouldBeIsDone) {
  EXPECT_EQ(refusal(400, "Bad Request: message is not modified: the same").kind, Reply::Kind::done);
}

TEST(TelegramAnswer, ParametersSayWhatToDo) {
  const Reply slow =
      refusal(429, "Too Many Requests: retry after 7", R"(, "parameters": {"retry_after": 7})");
  EXPECT_EQ(slow.kind, Reply::Kind::throttled);
  EXPECT_EQ(failure_of(slow).retry_after, std::chrono::seconds(7));
  const Reply endless =
      refusal(429, "Too Many Requests", R"(, "parameters": {"retry_after": 9000000000000000000})");
  EXPECT_EQ(endless.retry_after, std::chrono::hours(1));
  const Reply moved = refusal(400, "Bad Request: group chat was upgraded to a supergroup chat",
                              R"(, "parameters": {"migrate_to_chat_id": -100123})");
  EXPECT_EQ(moved.kind, Reply::Kind::migrated);
  EXPECT_EQ(moved.new_chat, "-100123");
}

TEST(TelegramAnswer, OthersAnswerToo) {
  EXPECT_EQ(reply(200, "<html>").kind, Reply::Kind::unreachable);
  EXPECT_THAT(reply(200, "{}").what, HasSubstr("no answer of the Bot API"));
  EXPECT_EQ(reply(502, "<html>Bad Gateway</html>").kind, Reply::Kind::unreachable);
  EXPECT_EQ(reply(407, "proxy").kind, Reply::Kind::unreachable);
  const Reply slow = reply(429, "", {{"retry-after", "9"}});
  EXPECT_EQ(slow.kind, Reply::Kind::throttled);
  EXPECT_EQ(slow.retry_after, std::chrono::seconds(9));
}

TEST(TelegramAnswer, TheTextIsOneShortLine) {
  const Reply one = refusal(400, "a\\r\\nb" + std::string(1000, 'x'));
  EXPECT_EQ(one.what.find_first_of("\r\n"), std::string::npos);
  EXPECT_LT(one.what.size(), 320U);
}

}  // namespace
}  // namespace carillon::reporter::telegram
