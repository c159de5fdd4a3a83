// The arguments of IRC.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "chat/bot_settings.hpp"
#include "reporter/irc/irc_registration.hpp"
#include "settings/arguments.hpp"
#include "transport/peer.hpp"

namespace carillon::reporter::irc {

struct ConfiguredChannel {
  std::string name;
  std::string key;  // may be empty
};

struct IrcSettings {
  net::Peer peer;
  std::string ca_file;
  Identity identity;
  std::vector<ConfiguredChannel> channels;
  std::vector<std::string> nicks;  // pm_to_nicks
  chat::BotSettings bot;           // places by fold_ascii()
  std::vector<std::string> names;  // everybody and every channel that the arguments name, as written
  bool colors = true;
  bool notice_on_channel = false;
  std::optional<double> lost_delay;    // seconds; nullopt: random
  std::optional<double> failed_delay;  // likewise
};

settings::Schema irc_schema();

// Throws settings::ConfigError.
IrcSettings read_settings(const settings::Arguments& args);

}  // namespace carillon::reporter::irc
