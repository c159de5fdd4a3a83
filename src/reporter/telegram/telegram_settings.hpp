// The arguments of TelegramBot.
#pragma once

#include <chrono>
#include <string>

#include "chat/bot_settings.hpp"
#include "message/formatter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::telegram {

struct TelegramSettings {
  Secret token;
  // Without '/' at its end.
  std::string base_url;
  bool verify = true;
  // Without '@'; empty: Telegram is asked.
  std::string username;
  chat::BotSettings bot;
  bool webhook = false;
  // Holds the token.
  std::string webhook_url;
  // PEM; empty: none.
  std::string certificate;
  std::chrono::seconds poll_timeout{50};
  std::chrono::milliseconds retry_delay{30'000};
};

// site: of the environment; its URL is where Telegram finds the webhook. Throws settings::ConfigError (a
// token that can be none, a chat that can be none, in authz a number that
// many share, webhook and polling together, a webhook without https).
TelegramSettings read_settings(const settings::Arguments& args, const message::Site& site);

// Names in `authz` that are nobody's: Telegram's people are numbers.
std::vector<std::string> odd_names(const settings::Arguments& args);

}  // namespace carillon::reporter::telegram
