// What an answer of the Bot API means. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "transport/http.hpp"

namespace carillon::reporter::telegram {

struct Reply {
  enum class Kind {
    done,         // ok; also "message is not modified": it is as it should be
    throttled,    // wait; see retry_after
    migrated,     // the group is now the supergroup new_chat: send it there
    gone,         // the bot was blocked, kicked or never in that chat, or the chat is no more
    no_topic,     // the topic of the forum is closed, or deleted
    bad_markup,   // "can't parse entities": our mistake
    rejected,     // any other refusal
    conflict,     // getUpdates while there is a webhook, or somebody else polls with the token
    bad_token,    // nobody's token
    unreachable,  // no answer, one that is none, or a server's error: again later
  };
  Kind kind = Kind::unreachable;
  // Of `done`.
  json::value result;
  // One line, "400 Bad Request: chat not found"; of `done` the status.
  std::string what;
  // At most an hour.
  std::optional<std::chrono::seconds> retry_after;
  std::string new_chat;
  // What was done otherwise than asked; may be empty.
  std::string note;

  bool ok() const { return kind == Kind::done; }
};

// now: seconds since the epoch, for dates in headers. The text may hold what the server said, the token too.
Reply reply_of(const http::Response& response, std::int64_t now);

// For Reporter::send(); not for `done`.
Failure failure_of(const Reply& reply);

}  // namespace carillon::reporter::telegram
