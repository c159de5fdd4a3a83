// The bot between Telegram's updates and the commands of chat/.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "chat/bot.hpp"
#include "reporter/telegram/telegram_inbox.hpp"
#include "reporter/telegram/telegram_settings.hpp"
#include "reporter/telegram/telegram_speaker.hpp"

namespace carillon::reporter::telegram {

// Owned by the reporter, and by whatever is under way when that one is gone.
class Talk final : public chat::Medium, public std::enable_shared_from_this<Talk> {
 public:
  // Without a world in the environment it can announce, but nobody can talk to it.
  Talk(TelegramSettings settings, const chat::Environment& environment);

  // Reads what was kept, and goes on with what waited. Failure: as Memory; call it again. Before accept().
  Task<void> restore();

  // An update: kept, and handled in its turn. What is not for the bot, or is none, does nothing. Failure: as
  // Memory; Telegram is to give it again.
  Task<void> accept(json::value update);

  // Updates that wait or are under way.
  std::size_t waiting() const { return inbox_ ? inbox_->size() : 0; }

  // Telegram could not be reached, and answers again.
  void set_back(std::function<void()> back) { back_ = std::move(back); }
  void back() const {
    if (back_) back_();
  }

  // Ends what is under way, within the grace time.
  asio::awaitable<void> stop(std::chrono::milliseconds grace);

  // Who the bot is, once getMe has said so.
  void introduce(std::string username, std::string id);
  const std::string& username() const { return username_; }
  const std::string& id() const { return id_; }

  const TelegramSettings& settings() const { return settings_; }
  const chat::Environment& environment() const { return env_; }
  const Api& api() const { return api_; }
  Speaker& speaker() { return speaker_; }
  const std::shared_ptr<chat::Subscriptions>& subscriptions() const { return subscriptions_; }
  // Only with a world.
  chat::Memory& memory() { return bot_->memory(); }

  // chat::Medium: Telegram has no services accounts, and a bot cannot join by itself.
  Task<std::string> account_of(const chat::Person& person) override;
  Task<bool> is_operator(const chat::Person& person, const chat::Place& place) override;
  Task<void> join(std::string channel, std::string key) override;
  Task<void> leave(std::string channel) override;

 private:
  bool is_for_us(const Update& update) const;
  static asio::awaitable<void> handle_if_alive(std::weak_ptr<Talk> weak, const Update& update);
  asio::awaitable<void> handle(const Update& update);
  asio::awaitable<void> press(const Update& update);
  asio::awaitable<void> command(const Update& update, std::string text);

  TelegramSettings settings_;
  chat::Environment env_;
  std::string username_;
  std::string id_;
  Api api_;
  // null without a world.
  std::unique_ptr<chat::Bot> bot_;
  std::shared_ptr<chat::Subscriptions> subscriptions_;
  Chats chats_;
  Speaker speaker_;
  std::optional<Buttons> buttons_;
  std::optional<Inbox> inbox_;
  std::function<void()> back_;
};

}  // namespace carillon::reporter::telegram
