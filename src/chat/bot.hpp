// A bot: everything but the protocol. IRC and Telegram each hold one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "chat/bot_settings.hpp"
#include "chat/message.hpp"
#include "chat/subscriptions.hpp"
#include "chat/world.hpp"
#include "message/formatter.hpp"

namespace carillon::chat {

// What the commands ask of the medium.
class Medium {
 public:
  virtual ~Medium() = default;

  // The services account of somebody; empty: none. Only asked when authz depends on it.
  virtual Task<std::string> account_of(const Person& person) = 0;

  // Whether somebody is an operator (or half-operator, owner, ...) of the place.
  virtual Task<bool> is_operator(const Person& person, const Place& place) = 0;

  // Failure: the text says why not; it is told to the person.
  virtual Task<void> join(std::string channel, std::string key) = 0;
  virtual Task<void> leave(std::string channel) = 0;
};

struct BotEnvironment {  // the references outlive the bot
  const World& world;
  const Clock& clock;
  const Log& log;
  message::Site site;
};

class Bot {
 public:
  // owner: see World::memory. The medium outlives the bot.
  Bot(BotSettings settings, BotEnvironment environment, Medium& medium, std::string owner);
  ~Bot();
  Bot(const Bot&) = delete;
  Bot& operator=(const Bot&) = delete;

  // Reads what was kept. Call it once, before handle().
  Task<void> restore();

  // Does what the message says; what comes of it are messages to its place, in order. Never fails and never
  // throws: an error is an answer, and where it is ours a line in the log. Ends in bounded time. May be under
  // way several times at once; the medium keeps the order of the answers to one person.
  asio::awaitable<std::vector<Answer>> handle(Message message);

  const BotSettings& settings() const;
  Memory& memory();
  // For announce() and as the audience of the rules; it lives as long as the bot and whoever shares it.
  const std::shared_ptr<Subscriptions>& subscriptions() const;

 private:
  struct Self;
  std::unique_ptr<Self> self_;
};

}  // namespace carillon::chat
