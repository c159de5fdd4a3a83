// What Telegram tells the bot. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "chat/message.hpp"

namespace carillon::reporter::telegram {

// An Update of the Bot API, as far as the bot looks at it.
struct Update {
  enum class Kind {
    message,   // a new text
    button,    // somebody pressed a button
    removed,   // `member` is not in the place any more, or has blocked the bot there
    migrated,  // the group `place` is now the supergroup `new_place`
    other,     // edited messages, pictures, and whatever else there is
  };
  Kind kind = Kind::other;
  std::int64_t id = 0;
  // For anonymous administrators and for channels the chat that they speak for.
  chat::Person from;
  // Of `from`, without '@'; may be empty.
  std::string username;
  // Its id: see telegram_place.hpp.
  chat::Place place;
  // Of the text, or of the message with the button; 0: not known.
  std::int64_t message_id = 0;
  std::string text;
  // Id of who wrote the message that this one replies to; may be empty.
  std::string replied_to;
  // Of a button: what must be answered.
  std::string query;
  // Of a button.
  std::string data;
  std::string member;
  std::string new_place;
};

// For base/lanes.hpp.
inline std::int64_t lane_id(const Update& update) {
  return update.id;
}

// nullopt: not an Update. One without what its kind needs is `other`.
std::optional<Update> update_of(const json::value& value);

// What the message says to the bot: a command without the bot's name ("/status@MyBot x" is "/status x"), in
// private chats any text, elsewhere the text of a reply to the bot. nullopt: nothing. username: without '@',
// compared without case. bot_id: the bot's number; may be empty when it is not known.
std::optional<std::string> said_to(const Update& update, std::string_view username, std::string_view bot_id);

}  // namespace carillon::reporter::telegram
