#include "reporter/telegram/telegram_talk.hpp"

#include "reporter/telegram/telegram_fixture.hpp"

namespace carillon::reporter::telegram {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class TalkTest : public TelegramFixture {};

TEST_F(TalkTest, AnswersACommand) {
  const auto talk = make_talk();
  tell(*talk, message("/getid"));
  ASSERT_THAT(api_.methods(), ElementsAre("sendMessage"));
  EXPECT_EQ(api_.calls[0].url, std::string("https://api.telegram.org/bot") + token + "/sendMessage");
  EXPECT_EQ(api_.calls[0].parameters.at("chat_id"), 12);
  EXPECT_EQ(api_.calls[0].parameters.at("parse_mode"), "HTML");
  EXPECT_EQ(api_.last_text(), "Your ID is 12.");
  ASSERT_EQ(owners_.size(), 1U);
  EXPECT_EQ(owners_[0], "telegram https://api.telegram.org 99") << "stable, and no secret";
}

TEST_F(TalkTest, OnlyWhatIsForTheBotIsKeptAndAnswered) {
  const auto talk = make_talk();
  tell(*talk, message("/getid@OtherBot", -5));
  tell(*talk, message("just talking", -5));
  tell(*talk, json::object{{"update_id", 70}, {"edited_message", message("/getid").at("message")}});
  tell(*talk, json::value(7));
  EXPECT_TRUE(api_.calls.empty());
  EXPECT_TRUE(kept_.by_key.empty());
  tell(*talk, message("/getid@bellsbot", -5));
  EXPECT_EQ(api_.of("sendMessage").size(), 2U);
}

TEST_F(TalkTest, AnUpdateIsHandledOnceEvenAfterARestart) {
  const json::value update = message("/getid");
  auto talk = make_talk();
  tell(*talk, update);
  tell(*talk, update);
  EXPECT_EQ(api_.calls.size(), 1U);
  talk = make_talk();
  tell(*talk, update);
  EXPECT_EQ(api_.calls.size(), 1U);
}

TEST_F(TalkTest, WhatWaitedWhenCarillonStoppedIsHandled) {
  last_id_ = 7;
  kept_.by_key["update/8"] = {message("/nay"), 0};
  last_id_ = 6;
  kept_.by_key["update/7"] = {message("/getid"), 0};
  const auto talk = make_talk();
  ASSERT_TRUE(test::run_until(io_, [&] { return talk->waiting() == 0; }));
  ASSERT_EQ(api_.calls.size(), 2U);
  EXPECT_EQ(api_.calls[0].parameters.at("text"), "Your ID is 12.");
}

TEST_F(TalkTest, AnUpdateThatCannotBeKeptIsAFailure) {
  const auto talk = make_talk();
  kept_.failure = Failure{Failure::Kind::unreachable, "disk full", std::nullopt};
  const json::value update = message("/getid");
  EXPECT_FALSE(test::run(io_, talk->accept(update)));
  EXPECT_TRUE(api_.calls.empty());
  kept_.failure.reset();
  tell(*talk, update);
  EXPECT_EQ(api_.calls.size(), 1U);
}

TEST_F(TalkTest, AButtonIsAcknowledgedAndEditsItsMessage) {
  const auto talk = make_talk();
  tell(*talk, message("/notify"));
  const json::object& markup = api_.calls.back().parameters.at("reply_markup").as_object();
  const json::array& rows = markup.at("inline_keyboard").as_array();
  EXPECT_EQ(rows.at(0).at(0).at("callback_data"), "/notify on-quiet started");
  api_.calls.clear();
  tell(*talk, press("/notify on-quiet started", 12));
  ASSERT_THAT(api_.methods(), ElementsAre("answerCallbackQuery", "editMessageReplyMarkup"));
  EXPECT_EQ(api_.calls[0].parameters.at("callback_query_id"), "q2");
  EXPECT_FALSE(api_.calls[0].parameters.contains("text"));
  EXPECT_EQ(api_.calls[1].parameters.at("message_id"), 18);
  EXPECT_TRUE(talk->subscriptions()->of("12").contains("started"));
  api_.calls.clear();
  tell(*talk, press("/notify list"));
  ASSERT_THAT(api_.methods(), ElementsAre("answerCallbackQuery", "deleteMessage", "sendMessage"));
  EXPECT_THAT(api_.last_text(), HasSubstr("<b>started</b>"));
}

TEST_F(TalkTest, AButtonThatNobodyKnowsSaysSoAndGoesAway) {
  const auto talk = make_talk();
  tell(*talk, press("#0123456789abcdef"));
  ASSERT_THAT(api_.methods(), ElementsAre("answerCallbackQuery", "editMessageReplyMarkup"));
  EXPECT_THAT(std::string(api_.calls[0].parameters.at("text").as_string()), HasSubstr("no longer valid"));
  EXPECT_EQ(json::serialize(api_.calls[1].parameters.at("reply_markup")), R"({"inline_keyboard":[]})");
}

TEST_F(TalkTest, AMessageThatCannotBeDeletedLosesItsButtons) {
  const auto talk = make_talk();
  api_.refuse("deleteMessage", 400, "Bad Request: message can't be deleted for everyone");
  tell(*talk, press("/notify list"));
  EXPECT_THAT(api_.methods(),
              ElementsAre("answerCallbackQuery", "deleteMessage", "editMessageReplyMarkup", "sendMessage"));
}

TEST_F(TalkTest, AForbiddenCommandIsAnsweredAsAReply) {
  const auto talk = make_talk();
  tell(*talk, message("/force build linux", -5, R"({"is_topic_message": true, "message_thread_id": 4})"));
  ASSERT_EQ(api_.calls.size(), 1U);
  EXPECT_THAT(api_.last_text(), HasSubstr("You shall not pass, Ann!"));
  EXPECT_EQ(api_.calls[0].parameters.at("reply_parameters").at("message_id"), 17);
  EXPECT_EQ(api_.calls[0].parameters.at("message_thread_id"), 4);
}

TEST_F(TalkTest, AnonymousAdministratorsAreToldTheirChat) {
  const auto talk = make_talk();
  tell(*talk, message("/getid", -5, R"({"from": {"id": 1087968824, "first_name": "Group"},
      "sender_chat": {"id": -5, "title": "Dev"}})"));
  ASSERT_EQ(api_.calls.size(), 2U);
  EXPECT_EQ(std::string(api_.calls[0].parameters.at("text").as_string()),
            "You speak as Dev, whose ID is -5. In authz it stands for everybody who may speak so.");
  EXPECT_EQ(api_.last_text(), "This group ID is -5.");
}

TEST_F(TalkTest, ATopicIsAPlaceOfItsOwn) {
  const auto talk = make_talk();
  const std::string in_topic = R"({"is_topic_message": true, "message_thread_id": 4})";
  tell(*talk, message("/notify on started", -5, in_topic));
  EXPECT_TRUE(talk->subscriptions()->of("-5/4").contains("started"));
  EXPECT_TRUE(talk->subscriptions()->of("-5").empty());
  api_.calls.clear();
  tell(*talk, message("/getid", -5, in_topic));
  EXPECT_EQ(api_.last_text(), "This group ID is -5/4.");
  EXPECT_EQ(api_.calls.back().parameters.at("chat_id"), -5);
  EXPECT_EQ(api_.calls.back().parameters.at("message_thread_id"), 4);
  tell(*talk, json::parse(R"({"update_id": 50, "my_chat_member": {"chat": {"id": -5, "type": "group"},
      "new_chat_member": {"status": "kicked", "user": {"id": 99}}}})"));
  EXPECT_TRUE(talk->subscriptions()->of("-5/4").empty());
}

TEST_F(TalkTest, AnAnswerInAClosedTopicGoesToTheChat) {
  const auto talk = make_talk();
  api_.refuse("sendMessage", 400, "Bad Request: message thread not found");
  tell(*talk, message("/version", -5, R"({"is_topic_message": true, "message_thread_id": 4})"));
  ASSERT_EQ(api_.calls.size(), 2U);
  EXPECT_EQ(api_.calls[0].parameters.at("message_thread_id"), 4);
  EXPECT_FALSE(api_.calls[1].parameters.contains("message_thread_id"));
  EXPECT_EQ(api_.calls[1].parameters.at("chat_id"), -5);
}

TEST_F(TalkTest, AnAnswerIsTriedAgain) {
  const auto talk = make_talk();
  api_.script["sendMessage"].emplace_back(unreachable("no route"));
  tell(*talk, message("/getid"));
  EXPECT_EQ(api_.of("sendMessage").size(), 2U);
}

TEST_F(TalkTest, AWrongMarkupIsSentWithoutAny) {
  const auto talk = make_talk();
  api_.refuse("sendMessage", 400, "Bad Request: can't parse entities: x");
  testing::internal::CaptureStderr();
  tell(*talk, message("/nonsense <b>"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("the markup of an answer is wrong"));
  ASSERT_EQ(api_.calls.size(), 2U);
  EXPECT_FALSE(api_.calls[1].parameters.contains("parse_mode"));
  EXPECT_THAT(api_.last_text(), StartsWith("I don't get this '/nonsense'..."));
}

TEST_F(TalkTest, AGroupThatMovesKeepsItsSubscriptions) {
  auto talk = make_talk();
  tell(*talk, message("/notify on started", -5));
  tell(*talk,
       json::parse(R"({"update_id": 50, "message": {"message_id": 1, "chat": {"id": -5, "type": "group"},
    "migrate_to_chat_id": -1005}})"));
  EXPECT_TRUE(talk->subscriptions()->of("-5").empty());
  EXPECT_TRUE(talk->subscriptions()->of("-1005").contains("started"));
  talk = make_talk({{"chat_ids", settings::Value{settings::List{settings::Value{std::int64_t{-5}}}}},
                    {"notify_events", settings::Value{settings::List{test::text("worker")}}}});
  EXPECT_EQ(talk->subscriptions()->of("-1005"), (chat::Events{"started", "worker"}));
  EXPECT_TRUE(talk->subscriptions()->of("-5").empty());
}

TEST_F(TalkTest, ABotThatIsRemovedForgetsTheGroup) {
  const auto talk = make_talk();
  tell(*talk, message("/notify on started", -5));
  const auto removed = [](int id, int who) {
    json::value update = json::parse(R"({"my_chat_member": {"chat": {"id": -5, "type": "group"},
      "new_chat_member": {"status": "kicked", "user": {}}}})");
    update.as_object()["update_id"] = id;
    update.at("my_chat_member").at("new_chat_member").at("user").as_object()["id"] = who;
    return update;
  };
  tell(*talk, removed(50, 98));
  EXPECT_FALSE(talk->subscriptions()->of("-5").empty());
  tell(*talk, removed(51, 99));
  EXPECT_TRUE(talk->subscriptions()->of("-5").empty());
  EXPECT_THAT(json::serialize(kept_.by_key.at("subscriptions").first), Not(HasSubstr("started")));
}

TEST_F(TalkTest, OldUpdatesAreForgotten) {
  const auto talk = make_talk();
  kept_.now = clock_.now();
  tell(*talk, message("/getid"));
  EXPECT_TRUE(kept_.by_key.contains("update/1"));
  clock_.advance(Millis{3} * 24 * 3600 * 1000);
  kept_.now = clock_.now();
  tell(*talk, message("/getid"));
  EXPECT_FALSE(kept_.by_key.contains("update/1"));
  EXPECT_TRUE(kept_.by_key.contains("update/2"));
}

}  // namespace
}  // namespace carillon::reporter::telegram
