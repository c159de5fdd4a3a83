// Takes what people say to the bot, one message of a person after the other, and answers.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "chat/bot.hpp"
#include "reporter/irc/irc_client.hpp"

namespace carillon::reporter::irc {

class Talks final : public chat::Medium, public std::enable_shared_from_this<Talks> {
 public:
  // Beyond these nobody is heard: the server is slower than people are.
  // Messages of one person.
  static constexpr std::size_t most_waiting = 10;
  // Whose commands are under way.
  static constexpr std::size_t most_people = 100;
  // Lines of answers.
  static constexpr std::size_t most_unsaid = 100;

  // The references in environment outlive it. `owner`: see chat::World::memory.
  Talks(asio::any_io_executor executor, std::shared_ptr<Client> client, chat::BotSettings settings,
        const chat::BotEnvironment& environment, const std::string& owner);

  // Restores the bot and the channels that people made it join. Failure: as chat::Bot::restore.
  Task<void> restore();

  void hear(const Spoken& spoken);

  chat::Bot& bot() { return bot_; }

  // chat::Medium
  Task<std::string> account_of(const chat::Person& person) override;
  Task<bool> is_operator(const chat::Person& person, const chat::Place& place) override;
  Task<void> join(std::string channel, std::string key) override;
  Task<void> leave(std::string channel) override;

 private:
  struct Heard {
    chat::Message message;
    // What the server said with the message.
    std::optional<std::string> account;
  };
  struct Talk {
    // The first one is under way.
    std::deque<Heard> waiting;
  };
  void react(const Spoken& spoken, std::string_view action, const std::string& target);
  asio::awaitable<void> talk(std::string person);
  asio::awaitable<void> keep_channels();

  asio::any_io_executor executor_;
  std::shared_ptr<Client> client_;
  const Log& log_;
  chat::Bot bot_;
  // By the person's id.
  std::map<std::string, Talk> talks_;
  // That people made us join: keys by name.
  std::map<std::string, std::string> channels_;
};

}  // namespace carillon::reporter::irc
