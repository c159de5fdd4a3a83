#include "reporter/irc/irc_speech.hpp"

#include <algorithm>
#include <sstream>
#include <vector>

namespace carillon::reporter::irc {
namespace {

constexpr char ctcp = '\x01';
constexpr std::string_view action_word =
    "\x01"
    "ACTION";

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<std::string> addressed(std::string_view text, std::string_view nick, const Support& support) {
  text = trimmed(text);
  if (nick.empty() || text.size() <= nick.size()) return std::nullopt;
  if (support.folded(text.substr(0, nick.size())) != support.folded(nick)) return std::nullopt;
  if (text[nick.size()] != ':' && text[nick.size()] != ',') return std::nullopt;
  return std::string(trimmed(text.substr(nick.size() + 1)));
}

std::optional<std::string> confided(std::string_view text, std::string_view nick, const Support& support) {
  std::string said(trimmed(text));
  if (auto command = addressed(said, nick, support)) said = std::move(*command);
  if (said.size() > 1 && said.front() == '!') said = trimmed(std::string_view(said).substr(1));
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

bool is_ctcp(std::string_view text) {
  return text.starts_with(ctcp) && !action_of(text);
}

}  // namespace carillon::reporter::irc
