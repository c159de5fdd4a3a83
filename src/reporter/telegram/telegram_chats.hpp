// Chats that have moved, or that the bot has no part in any more.
#pragma once

#include <map>
#include <string>

#include "base/log.hpp"
#include "chat/memory.hpp"
#include "chat/subscriptions.hpp"

namespace carillon::reporter::telegram {

class Chats {
 public:
  // memory: may be null; then nothing is kept. The references outlive this.
  Chats(chat::Memory* memory, chat::Subscriptions& subscriptions, const Log& log)
      : memory_(memory), subscriptions_(subscriptions), log_(log) {}

  // Reads where chats have moved to ("moved/<old>": "<new>"), and has the subscriptions follow. Failure: as
  // Memory.
  Task<void> restore();

  // The place as it is called now: its chat may have another id.
  std::string now(const std::string& place) const;

  // The group has become a supergroup; its subscriptions are kept for that one. What cannot be kept is
  // logged.
  asio::awaitable<void> moved(std::string from, std::string to);

  // The bot was removed or blocked: what people had switched on there, also in its
  // topics, is forgotten. What is configured stays.
  asio::awaitable<void> gone(std::string chat);

 private:
  asio::awaitable<void> keep_subscriptions();

  chat::Memory* memory_;
  chat::Subscriptions& subscriptions_;
  const Log& log_;
  std::map<std::string, std::string> moved_;
};

}  // namespace carillon::reporter::telegram
