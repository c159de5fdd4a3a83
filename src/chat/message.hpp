// What a medium hands to the commands, and what it gets back. Values, no I/O.
#pragma once

#include <string>
#include <vector>

#include "chat/text.hpp"

namespace carillon::chat {

// Who spoke.
struct Person {
  std::string id;           // what authz names: the nick, folded by the server's CASEMAPPING; the numeric id
  std::string name;         // to address somebody by: the nick as written; the first name
  std::string description;  // what is recorded in a build: the nick; "Ann Smith (@ann)"
  bool is_chat = false;     // it is a chat, and whoever may speak for it (Telegram: administrators, channels)
};

// Where it was said, and where the answer goes.
struct Place {
  std::string id;    // what subscriptions are kept under: channel or nick, folded; the chat's id,
                     // with its topic
  std::string name;  // as it is shown: "#Dev", the title of a group; empty: as `id`
  std::string kind;  // "channel", "group", "supergroup", "private": getid tells it
  bool is_private = false;
};

struct Message {
  Person from;
  Place place;
  std::string text;          // what was said to the bot: without its nick, with the medium's command prefix
  bool from_button = false;  // the text is a button's command, and the pressed message can be changed
};

struct Button {
  std::string caption;
  std::string command;  // what pressing it says, of any length; begins with the prefix
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
  std::vector<std::vector<Button>> keyboard;  // rows; with How::edit an empty one takes the buttons away
  bool reply = false;                         // marked as a reply to the message, where the medium has that
  bool wants_text = false;  // the next message of this person is the answer to a question (force_reply)
};

}  // namespace carillon::chat
