#include "reporter/telegram/telegram_update.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/letters.hpp"
#include "reporter/telegram/telegram_place.hpp"

namespace carillon::reporter::telegram {
namespace {

std::string id_at(const json::object& object, std::string_view path) {
  const auto id = integer_at(object, path);
  return id ? std::to_string(*id) : std::string();
}

bool is_true(const json::object& object, std::string_view path) {
  const json::value* value = find(object, path);
  return value != nullptr && value->is_bool() && value->get_bool();
}

void read_person(Update& update, const json::object& user) {
  update.from.id = id_at(user, "id");
  update.from.name = fold_to_line(text_at(user, "first_name"));
  update.username = text_at(user, "username");
  const std::string last = fold_to_line(text_at(user, "last_name"));
  update.from.description = update.from.name + (last.empty() ? "" : " " + last);
  if (!update.username.empty()) update.from.description += " (@" + update.username + ")";
  if (update.from.name.empty()) update.from.name = update.username.empty() ? update.from.id : update.username;
}

// Who speaks. Anonymous administrators and channels have a `from` that all of them share, or none.
void read_speaker(Update& update, const json::object& message) {
  const json::object* chat = object_at(message, "sender_chat");
  if (chat == nullptr) {
    if (const json::object* from = object_at(message, "from")) read_person(update, *from);
    return;
  }
  chat::Person& from = update.from;
  from.id = id_at(*chat, "id");
  from.is_chat = true;
  from.name = fold_to_line(text_at(*chat, "title"));
  if (from.name.empty()) from.name = from.id;
  const std::string sign = fold_to_line(text_at(message, "author_signature"));
  from.description = from.name + (sign.empty() ? "" : " (" + sign + ")");
}

void read_place(Update& update, const json::object& chat) {
  update.place.id = id_at(chat, "id");
  update.place.name = fold_to_line(text_at(chat, "title"));
  update.place.kind = text_at(chat, "type");
  update.place.is_private = update.place.kind == "private";
}

// The chat and the number of a message; false where they are missing.
bool read_head(Update& update, const json::object& message) {
  const json::object* chat = object_at(message, "chat");
  if (chat == nullptr) return false;
  read_place(update, *chat);
  update.message_id = integer_at(message, "message_id").value_or(0);
  const auto topic = integer_at(message, "message_thread_id");
  if (topic && is_true(message, "is_topic_message")) update.place.id = place_with(update.place.id, *topic);
  return !update.place.id.empty();
}

void read_message(Update& update, const json::object& message) {
  if (!read_head(update, message)) return;
  if (auto to = id_at(message, "migrate_to_chat_id"); !to.empty()) {
    update.new_place = std::move(to);
    update.kind = Update::Kind::migrated;
    return;
  }
  if (auto from = id_at(message, "migrate_from_chat_id"); !from.empty()) {
    update.new_place = std::exchange(update.place.id, std::move(from));
    update.kind = Update::Kind::migrated;
    return;
  }
  if (auto left = id_at(message, "left_chat_member.id"); !left.empty()) {
    update.member = std::move(left);
    update.kind = Update::Kind::removed;
    return;
  }
  // A post of the channel that the group belongs to was said there, and not here.
  if (is_true(message, "is_automatic_forward")) return;
  update.text = text_at(message, "text");
  if (update.text.empty()) return;
  read_speaker(update, message);
  update.replied_to = id_at(message, "reply_to_message.from.id");
  if (!update.from.id.empty()) update.kind = Update::Kind::message;
}

void read_button(Update& update, const json::object& query) {
  const json::object* from = object_at(query, "from");
  update.query = text_at(query, "id");
  if (from == nullptr || update.query.empty()) return;
  read_person(update, *from);
  update.data = text_at(query, "data");
  // A message of an inline query has no chat that the bot could talk in: then the place stays empty.
  if (const json::object* message = object_at(query, "message")) read_head(update, *message);
  if (!update.from.id.empty()) update.kind = Update::Kind::button;
}

void read_membership(Update& update, const json::object& change) {
  const json::object* chat = object_at(change, "chat");
  const std::string status = text_at(change, "new_chat_member.status");
  if (chat == nullptr || (status != "left" && status != "kicked")) return;
  read_place(update, *chat);
  update.member = id_at(change, "new_chat_member.user.id");
  if (!update.place.id.empty() && !update.member.empty()) update.kind = Update::Kind::removed;
}

}  // namespace

std::optional<Update> update_of(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return std::nullopt;
  const auto id = integer_at(*object, "update_id");
  if (!id) return std::nullopt;
  Update update;
  update.id = *id;
  if (const json::object* message = object_at(*object, "message")) {
    read_message(update, *message);
  } else if (const json::object* post = object_at(*object, "channel_post")) {
    read_message(update, *post);
  } else if (const json::object* query = object_at(*object, "callback_query")) {
    read_button(update, *query);
  } else if (const json::object* change = object_at(*object, "my_chat_member")) {
    read_membership(update, *change);
  }
  return update;
}

std::optional<std::string> said_to(const Update& update, std::string_view username, std::string_view bot_id) {
  if (update.kind != Update::Kind::message) return std::nullopt;
  std::string_view text = update.text;
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return std::nullopt;
  if (text[begin] == '/') {
    text.remove_prefix(begin);
    const std::string_view word = text.substr(0, text.find_first_of(" \t\r\n"));
    const auto at = word.find('@');
    if (at == std::string_view::npos) return std::string(text);
    if (!same_letters(word.substr(at + 1), username)) return std::nullopt;
    return std::string(word.substr(0, at)) + std::string(text.substr(word.size()));
  }
  const bool replies = !bot_id.empty() && update.replied_to == bot_id;
  if (update.place.is_private || replies) return update.text;
  return std::nullopt;
}

}  // namespace carillon::reporter::telegram
