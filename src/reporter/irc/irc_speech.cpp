#include "reporter/irc/irc_speech.hpp"

#include <algorithm>
#include <sstream>
#include <vector>

#include "base/text.hpp"

namespace carillon::reporter::irc {
namespace {

constexpr char ctcp = '\x01';
constexpr std::string_view action_word =
    "\x01"
    "ACTION";
constexpr std::string_view ping_word =
    "\x01"
    "PING";
constexpr std::size_t longest_token = 64;

}  // namespace

std::optional<std::string> addressed(std::string_view text, std::string_view nick, const Support& support) {
  text = trim(text);
  if (nick.empty() || text.size() <= nick.size()) return std::nullopt;
  if (support.folded(text.substr(0, nick.size())) != support.folded(nick)) return std::nullopt;
  if (text[nick.size()] != ':' && text[nick.size()] != ',') return std::nullopt;
  return std::string(trim(text.substr(nick.size() + 1)));
}

std::optional<std::string> confided(std::string_view text, std::string_view nick, const Support& support) {
  std::string said(trim(text));
  if (auto command = addressed(said, nick, support)) said = std::move(*command);
  if (said.size() > 1 && said.front() == '!') said = trim(std::string_view(said).substr(1));
  if (said.empty()) return std::nullopt;
  return said;
}

std::optional<std::string> reaction(std::string_view action, std::string_view nick, std::string_view who,
                                    const Support& support) {
  std::istringstream in{std::string(action)};
  std::vector<std::string> words;
  for (std::string word; in >> word;)
    words.push_back(word);
  if (words.size() < 2 || support.folded(words.back()) != support.folded(nick)) return std::nullopt;
  const std::string& verb = words[words.size() - 2];
  if (!verb.ends_with('s')) return std::nullopt;
  if (verb == "kicks") return "kicks back";
  if (verb == "threatens") return "hosts a red wedding for " + std::string(who);
  return verb + " " + std::string(who) + " too";
}

std::optional<std::string_view> action_of(std::string_view text) {
  if (!text.starts_with(action_word)) return std::nullopt;
  text.remove_prefix(action_word.size());
  if (!text.starts_with(' ')) return std::nullopt;
  text.remove_prefix(1);
  if (text.ends_with(ctcp)) text.remove_suffix(1);
  return text;
}

std::optional<std::string> pong_for(std::string_view text) {
  if (!text.starts_with(ping_word)) return std::nullopt;
  std::string_view token = text.substr(ping_word.size());
  if (token.ends_with(ctcp)) token.remove_suffix(1);
  if (!token.empty() && token.front() != ' ') return std::nullopt;
  if (token.find(ctcp) != std::string_view::npos || token.size() > longest_token) return std::nullopt;
  return std::string(ping_word) + std::string(token) + ctcp;
}

bool is_ctcp(std::string_view text) {
  return text.starts_with(ctcp) && !action_of(text);
}

}  // namespace carillon::reporter::irc
