// What a medium hands to the commands, and what it gets back. Values, no I/O.
#pragma once

#include <string>
#include <vector>

#include "chat/text.hpp"

namespace carillon::chat {

// Who spoke.
struct Person {
  // What authz names: the nick, folded by the server's CASEMAPPING; the numeric id.
  std::string id;
  // To address somebody by: the nick as written; the first name.
  std::string name;
  // What is recorded in a build: the nick; "Ann Smith (@ann)".
  std::string description;
  // It is a chat, and whoever may speak for it (Telegram: administrators, channels).
  bool is_chat = false;
};

// Where it was said, and where the answer goes.
struct Place {
  // What subscriptions are kept under: channel or nick, folded; the chat's id, with its topic.
  std::string id;
  // As it is shown: "#Dev", the title of a group; empty: as `id`.
  std::string name;
  // "channel", "group", "supergroup", "private": getid tells it.
  std::string kind;
  bool is_private = false;
};

struct Message {
  Person from;
  Place place;
  // What was said to the bot: without its nick, with the medium's command prefix.
  std::string text;
  // The text is a button's command, and the pressed message can be changed.
  bool from_button = false;
};

struct Button {
  std::string caption;
  // What pressing it says, of any length; begins with the prefix.
  std::string command;
};

// One message of the bot. A medium without keyboards never gets one (Traits::keyboards).
struct Answer {
  enum class How {
    message,        // a new one
    edit,           // text and keyboard replace those of the pressed message (without one: a new message)
    edit_keyboard,  // only the keyboard is replaced; no text
    drop,           // the pressed message is deleted; no text
  };
  How how = How::message;
  Text text;
  // Rows; with How::edit an empty one takes the buttons away.
  std::vector<std::vector<Button>> keyboard;
  // Marked as a reply to the message, where the medium has that.
  bool reply = false;
  // The next message of this person is the answer to a question (force_reply).
  bool wants_text = false;
};

}  // namespace carillon::chat
