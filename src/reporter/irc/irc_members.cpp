#include "reporter/irc/irc_members.hpp"

#include <algorithm>

#include "reporter/irc/irc_line.hpp"

namespace carillon::reporter::irc {

void Members::open(const std::string& channel) {
  channels_[channel].clear();
}

void Members::close(const std::string& channel) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return;
  const auto gone = std::move(found->second);
  channels_.erase(found);
  for (const auto& [nick, symbols] : gone)
    forget_stranger(nick);
}

void Members::clear() {
  channels_.clear();
  accounts_.clear();
}

void Members::listed(const std::string& channel, std::string_view name, const Support& support) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return;
  const auto begin = std::min(name.find_first_not_of(support.prefix_symbols), name.size());
  const std::string nick = support.folded(source_of(name.substr(begin)).nick);
  if (!nick.empty()) found->second[nick] = name.substr(0, begin);
}

void Members::joined(const std::string& channel, const std::string& nick) {
  const auto found = channels_.find(channel);
  if (found != channels_.end()) found->second[nick].clear();
}

void Members::left(const std::string& channel, const std::string& nick) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return;
  found->second.erase(nick);
  forget_stranger(nick);
}

void Members::quit(const std::string& nick) {
  for (auto& [channel, members] : channels_)
    members.erase(nick);
  accounts_.erase(nick);
}

void Members::renamed(const std::string& from, const std::string& to) {
  if (from == to) return;
  for (auto& [channel, members] : channels_) {
    auto moved = members.extract(from);
    if (moved.empty()) continue;
    members[to] = std::move(moved.mapped());
  }
  accounts_.erase(to);
  if (auto moved = accounts_.extract(from); !moved.empty()) accounts_[to] = std::move(moved.mapped());
}

void Members::mode(const std::string& channel, const std::vector<std::string>& changes,
                   const Support& support) {
  const auto found = channels_.find(channel);
  if (found == channels_.end() || changes.empty()) return;
  bool set = true;
  std::size_t next = 1;
  for (const char mode : changes.front()) {
    if (mode == '+' || mode == '-') {
      set = mode == '+';
      continue;
    }
    const auto has = [&](const std::string& modes) { return modes.find(mode) != std::string::npos; };
    const auto rank = support.prefix_modes.find(mode);
    const bool takes = rank != std::string::npos || has(support.list_modes) || has(support.key_modes) ||
                       (set && has(support.limit_modes));
    if (!takes) continue;
    if (next >= changes.size()) break;
    const std::string& parameter = changes[next++];
    if (rank == std::string::npos || rank >= support.prefix_symbols.size()) continue;
    const auto member = found->second.find(support.folded(parameter));
    if (member == found->second.end()) continue;
    std::erase(member->second, support.prefix_symbols[rank]);
    if (set) member->second += support.prefix_symbols[rank];
  }
}

std::optional<std::string> Members::symbols(const std::string& channel, const std::string& nick) const {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return std::nullopt;
  const auto member = found->second.find(nick);
  if (member == found->second.end()) return std::nullopt;
  return member->second;
}

bool Members::shares_channel(const std::string& nick) const {
  return std::any_of(channels_.begin(), channels_.end(),
                     [&](const auto& channel) { return channel.second.contains(nick); });
}

void Members::account(const std::string& nick, std::string account) {
  if (shares_channel(nick)) accounts_[nick] = std::move(account);
}

std::optional<std::string> Members::account(const std::string& nick) const {
  const auto found = accounts_.find(nick);
  if (found == accounts_.end()) return std::nullopt;
  return found->second;
}

void Members::forget_stranger(const std::string& nick) {
  if (!shares_channel(nick)) accounts_.erase(nick);
}

}  // namespace carillon::reporter::irc
