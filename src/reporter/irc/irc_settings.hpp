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
  // May be empty.
  std::string key;
};

struct IrcSettings {
  net::Peer peer;
  std::string ca_file;
  Identity identity;
  std::vector<ConfiguredChannel> channels;
  // pm_to_nicks.
  std::vector<std::string> nicks;
  // Places by fold_ascii().
  chat::BotSettings bot;
  // Everybody and every channel that the arguments name, as written.
  std::vector<std::string> names;
  bool colors = true;
  bool notice_on_channel = false;
  // Seconds; nullopt: random.
  std::optional<double> lost_delay;
  // Likewise.
  std::optional<double> failed_delay;
};

settings::Schema irc_schema();

// Throws settings::ConfigError.
IrcSettings read_settings(const settings::Arguments& args);

}  // namespace carillon::reporter::irc
