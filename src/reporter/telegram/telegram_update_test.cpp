#include "reporter/telegram/telegram_update.hpp"

#include <gmock/gmock.h>

namespace carillon::reporter::telegram {
namespace {

Update parsed(std::string_view text) {
  const auto update = update_of(json::parse(text));
  EXPECT_TRUE(update) << text;
  return update.value_or(Update());
}

Update message(std::string_view fields, std::string_view type = "group") {
  return parsed(R"({"update_id": 5, "message": {"message_id": 17, "date": 1,
    "chat": {"id": -1002003004005, "type": ")" +
                std::string(type) + R"(", "title": "Dev\n& Ops"},
    "from": {"id": 123456789012, "is_bot": false, "first_name": "Ann", "last_name": "Smith",
             "username": "ann"}, )" +
                std::string(fields) + "}}");
}

TEST(TelegramUpdate, AMessageSaysWhoWhereAndWhat) {
  const Update update = message(R"("text": "/status linux", "entities": [{"type": "bot_command",
    "offset": 0, "length": 7}])");
  EXPECT_EQ(update.kind, Update::Kind::message);
  EXPECT_EQ(update.id, 5);
  EXPECT_EQ(update.from.id, "123456789012");
  EXPECT_EQ(update.from.name, "Ann");
  EXPECT_EQ(update.from.description, "Ann Smith (@ann)");
  EXPECT_EQ(update.username, "ann");
  EXPECT_EQ(update.place.id, "-1002003004005");
  EXPECT_EQ(update.place.name, "Dev & Ops");
  EXPECT_EQ(update.place.kind, "group");
  EXPECT_FALSE(update.place.is_private);
  EXPECT_EQ(update.message_id, 17);
  EXPECT_EQ(update.text, "/status linux");
  EXPECT_EQ(message(R"("text": "x")", "private").place.is_private, true);
}

TEST(TelegramUpdate, RepliesAndTopics) {
  const Update update = message(R"("text": "because", "is_topic_message": true, "message_thread_id": 3,
    "reply_to_message": {"message_id": 16, "from": {"id": 99, "is_bot": true}, "text": "Why?"})");
  EXPECT_EQ(update.replied_to, "99");
  EXPECT_EQ(update.place.id, "-1002003004005/3");
  EXPECT_EQ(message(R"("text": "x", "message_thread_id": 3)").place.id, "-1002003004005")
      << "only a thread of replies";
}

TEST(TelegramUpdate, ForAnonymousAdministratorsAndChannelsTheChatSpeaks) {
  const auto said = [](std::string_view kind, std::string_view more) {
    return parsed(R"({"update_id": 5, ")" + std::string(kind) + R"(": {"message_id": 17,
      "chat": {"id": -1005, "type": "supergroup", "title": "Dev"}, "text": "/getid", )" +
                  std::string(more) + "}}");
  };
  const Update anonymous = said("message", R"("author_signature": "the boss",
    "from": {"id": 1087968824, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot"},
    "sender_chat": {"id": -1005, "type": "supergroup", "title": "Dev\n"})");
  EXPECT_EQ(anonymous.kind, Update::Kind::message);
  EXPECT_EQ(anonymous.from.id, "-1005");
  EXPECT_TRUE(anonymous.from.is_chat);
  EXPECT_EQ(anonymous.from.name, "Dev");
  EXPECT_EQ(anonymous.from.description, "Dev (the boss)");
  EXPECT_EQ(anonymous.username, "");
  const Update channel =
      said("message", R"("from": {"id": 136817688, "is_bot": true, "first_name": "Channel"},
    "sender_chat": {"id": -1009, "type": "channel"})");
  EXPECT_EQ(channel.from.id, "-1009");
  EXPECT_EQ(channel.from.description, "-1009");
  const Update post =
      said("channel_post", R"("sender_chat": {"id": -1005, "type": "channel", "title": "News"})");
  EXPECT_EQ(post.kind, Update::Kind::message);
  EXPECT_EQ(post.from.id, "-1005");
  const Update copy =
      said("message", R"("is_automatic_forward": true, "from": {"id": 777000, "first_name": "T"},
    "sender_chat": {"id": -1009, "type": "channel", "title": "News"})");
  EXPECT_EQ(copy.kind, Update::Kind::other) << "it was said in the channel";
}

TEST(TelegramUpdate, AButton) {
  const Update update = parsed(R"({"update_id": 6, "callback_query": {"id": "4711", "data": "/notify list",
    "from": {"id": 12, "first_name": "Bob"}, "chat_instance": "1",
    "message": {"message_id": 18, "chat": {"id": 12, "type": "private", "first_name": "Bob"}}}})");
  EXPECT_EQ(update.kind, Update::Kind::button);
  EXPECT_EQ(update.query, "4711");
  EXPECT_EQ(update.data, "/notify list");
  EXPECT_EQ(update.message_id, 18);
  EXPECT_EQ(update.place.id, "12");
  EXPECT_EQ(update.from.description, "Bob");
  const Update of_inline = parsed(
      R"({"update_id": 6, "callback_query": {"id": "1", "data": "x", "from": {"id": 12}, "inline_message_id": "q"}})");
  EXPECT_EQ(of_inline.kind, Update::Kind::button) << "it must be answered";
  EXPECT_EQ(of_inline.place.id, "");
  EXPECT_EQ(of_inline.from.name, "12");
}

TEST(TelegramUpdate, TheBotIsRemoved) {
  for (const char* status : {"left", "kicked"}) {
    const Update update =
        parsed(R"({"update_id": 7, "my_chat_member": {"chat": {"id": -5, "type": "group"}, "from": {"id": 12},
          "new_chat_member": {"status": ")" +
               std::string(status) + R"(", "user": {"id": 99}}}})");
    EXPECT_EQ(update.kind, Update::Kind::removed);
    EXPECT_EQ(update.place.id, "-5");
    EXPECT_EQ(update.member, "99");
  }
  EXPECT_EQ(parsed(R"({"update_id": 7, "my_chat_member": {"chat": {"id": -5, "type": "group"},
      "new_chat_member": {"status": "member", "user": {"id": 99}}}})")
                .kind,
            Update::Kind::other);
  const Update left = message(R"("left_chat_member": {"id": 99, "is_bot": true})");
  EXPECT_EQ(left.kind, Update::Kind::removed);
  EXPECT_EQ(left.member, "99");
}

TEST(TelegramUpdate, AGroupBecomesASupergroup) {
  const Update to =
      parsed(R"({"update_id": 8, "message": {"message_id": 1, "chat": {"id": -5, "type": "group"},
    "migrate_to_chat_id": -1005}})");
  EXPECT_EQ(to.kind, Update::Kind::migrated);
  EXPECT_EQ(to.place.id, "-5");
  EXPECT_EQ(to.new_place, "-1005");
  const Update from = parsed(R"({"update_id": 9, "message": {"message_id": 1,
    "chat": {"id": -1005, "type": "supergroup"}, "migrate_from_chat_id": -5}})");
  EXPECT_EQ(from.kind, Update::Kind::migrated);
  EXPECT_EQ(from.place.id, "-5");
  EXPECT_EQ(from.new_place, "-1005");
}

TEST(TelegramUpdate, WhateverElseIsSkipped) {
  for (const char* text :
       {R"({"update_id": 1})", R"({"update_id": 1, "edited_message": {"message_id": 1, "text": "/force"}})",
        R"({"update_id": 1, "poll": {}})", R"({"update_id": 1, "message": {}})",
        R"({"update_id": 1, "message": {"chat": {"id": 1}, "from": {"id": 1}, "photo": []}})",
        R"({"update_id": 1, "message": {"chat": {"id": "1"}, "from": {"id": 1}, "text": "x"}})",
        R"({"update_id": 1, "message": {"chat": {"id": 1}, "from": {}, "text": "x"}})",
        R"({"update_id": 1, "message": {"chat": {"id": 1}, "text": "x"}})",
        R"({"update_id": 1, "message": [], "callback_query": {"from": {"id": 1}}})",
        R"({"update_id": 1, "my_chat_member": {"new_chat_member": {"status": "left"}}})"}) {
    EXPECT_EQ(parsed(text).kind, Update::Kind::other) << text;
  }
  for (const char* text : {"7", "[]", "{}", R"({"update_id": "1"})", "null"})
    EXPECT_FALSE(update_of(json::parse(text))) << text;
}

TEST(TelegramUpdate, CommandsMayNameTheBot) {
  const auto said = [](std::string_view text, std::string_view type = "group") {
    Update update = message(R"("text": "x")", type);
    update.text = text;
    return said_to(update, "MyBuildBot", "99").value_or("-");
  };
  EXPECT_EQ(said("/status"), "/status");
  EXPECT_EQ(said("  /status linux"), "/status linux");
  EXPECT_EQ(said("/status@MyBuildBot linux"), "/status linux");
  EXPECT_EQ(said("/status@mybuildBOT\nlinux"), "/status\nlinux");
  EXPECT_EQ(said("/status@MyBuildBot"), "/status");
  EXPECT_EQ(said("/status@OtherBot linux"), "-");
  EXPECT_EQ(said("/status@"), "-");
  EXPECT_EQ(said("/status a@OtherBot"), "/status a@OtherBot");
  EXPECT_EQ(said("hello"), "-");
  EXPECT_EQ(said("hello", "private"), "hello");
  EXPECT_EQ(said(" \n", "private"), "-");
}

TEST(TelegramUpdate, InGroupsOnlyRepliesToTheBotAreAnswers) {
  Update update = message(R"("text": "because", "reply_to_message": {"from": {"id": 99}})");
  EXPECT_EQ(said_to(update, "MyBot", "99"), "because");
  EXPECT_EQ(said_to(update, "MyBot", "98"), std::nullopt);
  EXPECT_EQ(said_to(update, "MyBot", ""), std::nullopt);
  update.replied_to.clear();
  EXPECT_EQ(said_to(update, "MyBot", ""), std::nullopt);
}

}  // namespace
}  // namespace carillon::reporter::telegram
