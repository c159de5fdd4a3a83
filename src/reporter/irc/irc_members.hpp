// Who is in our channels, with which rights, and logged in as whom. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reporter/irc/irc_names.hpp"

namespace carillon::reporter::irc {

// All names are folded by the caller. Somebody whom no channel shares with us is forgotten: their nick may be
// another's by the time it is seen again.
class Members {
 public:
  // We joined: nobody is known yet. We left: nobody is any more.
  void open(const std::string& channel);
  void close(const std::string& channel);
  void clear();

  // A name of 353: with its symbols, "@+ann", also "ann!user@host" (userhost-in-names).
  void listed(const std::string& channel, std::string_view name, const Support& support);
  void joined(const std::string& channel, const std::string& nick);
  void left(const std::string& channel, const std::string& nick);
  void quit(const std::string& nick);
  void renamed(const std::string& from, const std::string& to);
  // The parameters of MODE after the channel.
  void mode(const std::string& channel, const std::vector<std::string>& changes, const Support& support);

  // Their prefix symbols in the channel, "" for none; nullopt: they are not there.
  std::optional<std::string> symbols(const std::string& channel, const std::string& nick) const;
  bool shares_channel(const std::string& nick) const;

  // What the server told of their account; "": logged out. nullopt: nothing is known.
  void account(const std::string& nick, std::string account);
  std::optional<std::string> account(const std::string& nick) const;

 private:
  void forget_stranger(const std::string& nick);
  // channel: nick: symbols.
  std::map<std::string, std::map<std::string, std::string>> channels_;
  std::map<std::string, std::string> accounts_;
};

}  // namespace carillon::reporter::irc
