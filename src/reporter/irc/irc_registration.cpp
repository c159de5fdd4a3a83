#include "reporter/irc/irc_registration.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace carillon::reporter::irc {
namespace {

constexpr std::array<std::string_view, 4> useful = {"account-notify", "account-tag", "extended-join",
                                                    "multi-prefix"};
constexpr std::size_t sasl_chunk = 400;  // octets of base64 (IRCv3 SASL)
constexpr std::size_t base_length = 7;   // leaves room for two more in RFC 1459's 9
constexpr int most_nicks = 20;

bool offers_plain(std::string_view mechanisms) {
  while (!mechanisms.empty()) {
    const std::string_view one = mechanisms.substr(0, mechanisms.find(','));
    if (one == "PLAIN") return true;
    mechanisms.remove_prefix(std::min(one.size() + 1, mechanisms.size()));
  }
  return false;
}

}  // namespace

std::string other_nick(std::string_view nick, int attempt) {
  if (attempt <= 2) return std::string(nick) + std::string(static_cast<std::size_t>(attempt), '_');
  return std::string(nick.substr(0, base_length)) + "_" + std::to_string(attempt % 10);
}

std::vector<std::string> Registration::start() {
  const std::string capabilities = format("CAP", {"LS", "302"});
  const bool depends = identity_.server_password.empty() && !identity_.password.empty();
  if (depends) return {capabilities};
  std::vector<std::string> lines = introduce();
  lines.insert(lines.end() - 2, capabilities);
  return lines;
}

std::vector<std::string> Registration::introduce() {
  if (std::exchange(introduced_, true)) return {};
  std::vector<std::string> lines;
  const Secret& pass =
      identity_.server_password.empty() && !plain_ ? identity_.password : identity_.server_password;
  passed_ = !pass.empty();
  if (passed_) lines.push_back(format("PASS", {pass.reveal()}));
  lines.push_back(format("NICK", {identity_.nick}));
  lines.push_back(format("USER", {identity_.user, "0", "*", identity_.real_name}));
  return lines;
}

std::vector<std::string> Registration::hear(const Line& line) {
  if (state_ != State::under_way) return {};
  const std::string& command = line.command;
  if (command == "001") {
    state_ = State::done;
    if (!line.param(0).empty()) nick_ = line.param(0);
    return {};
  }
  if (command == "CAP") return hear_capabilities(line);
  if (command == "AUTHENTICATE") return authenticate(line);
  if (command == "903" || command == "907") {
    logged_in_ = true;
    authenticating_ = false;
    return end_when_all_is_answered();
  }
  // 908 lists the mechanisms, and precedes one of these.
  if (command == "902" || command == "904" || command == "905" || command == "906") {
    note_ = "SASL login refused: " + std::string(line.params.empty() ? "" : line.params.back());
    authenticating_ = false;
    return end_when_all_is_answered();
  }
  if (command == "464" || command == "465") {
    state_ = State::failed;
    failure_ = "refused: " + std::string(line.params.empty() ? "" : line.params.back());
    if (command == "464") {
      failure_ += passed_ ? " (the server's password is wrong: serverPassword, or password without it)"
                          : " (the server wants a password: give it as serverPassword)";
    }
    return {};
  }
  // CAP is unknown to it.
  if (!introduced_ && command.size() == 3 && command.front() == '4') return introduce();
  if (command == "433" || command == "436" || command == "437" || command == "432") return next_nick(line);
  return {};
}

std::vector<std::string> Registration::hear_capabilities(const Line& line) {
  const std::string_view verb = line.param(1);
  if (verb.empty()) return {};
  if (verb == "LS") {
    const bool more = line.params.size() > 3 && line.param(2) == "*";
    for (const std::string_view word : words_of(line.param(more ? 3 : 2))) {
      const auto equals = word.find('=');
      offered_.emplace(word.substr(0, equals));
      // Without a list of mechanisms (before version 302) PLAIN is just tried.
      if (word.substr(0, equals) == "sasl")
        plain_ = equals == std::string::npos || offers_plain(word.substr(equals + 1));
    }
    if (more || !pending_.empty()) return {};
    std::set<std::string> wanted;
    for (const std::string_view one : useful) {
      if (offered_.contains(std::string(one))) wanted.emplace(one);
    }
    if (!identity_.password.empty() && plain_) wanted.insert("sasl");
    std::vector<std::string> lines = introduce();
    for (std::string& asked : ask_for(wanted))
      lines.push_back(std::move(asked));
    return lines;
  }
  const auto words = words_of(line.params.back());
  if (verb == "ACK") {
    std::vector<std::string> lines;
    for (const std::string_view name : words) {
      const std::string word(name);
      if (pending_.erase(word) == 0) continue;
      enabled_.insert(word);
      if (word != "sasl") continue;
      authenticating_ = true;
      lines.push_back(format("AUTHENTICATE", {"PLAIN"}));
    }
    return lines.empty() ? end_when_all_is_answered() : lines;
  }
  if (verb != "NAK") return {};
  if (pending_.size() < 2 || asked_one_by_one_) {
    for (const std::string_view word : words)
      pending_.erase(std::string(word));
    return end_when_all_is_answered();
  }
  // One of them is not liked: each on its own.
  asked_one_by_one_ = true;
  std::vector<std::string> lines;
  for (const std::string& one : pending_)
    lines.push_back(format("CAP", {"REQ", one}));
  return lines;
}

std::vector<std::string> Registration::ask_for(const std::set<std::string>& wanted) {
  if (wanted.empty()) return end_negotiation();
  pending_ = wanted;
  std::string list;
  for (const std::string& one : wanted)
    list += (list.empty() ? "" : " ") + one;
  Line line;
  line.command = "CAP";
  line.params = {"REQ", list};
  return {format(line)};
}

std::vector<std::string> Registration::end_when_all_is_answered() {
  if (!pending_.empty() || authenticating_) return {};
  return end_negotiation();
}

std::vector<std::string> Registration::end_negotiation() {
  if (!std::exchange(negotiating_, false)) return {};
  return {format("CAP", {"END"})};
}

std::vector<std::string> Registration::authenticate(const Line& line) {
  if (!authenticating_ || line.param(0) != "+") return {};
  const std::string& user = identity_.sasl_user.empty() ? identity_.nick : identity_.sasl_user;
  std::string login = user;
  login += '\0';
  login += user;
  login += '\0';
  login += identity_.password.reveal();
  const std::string coded = base64_encode(login);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < coded.size(); at += sasl_chunk)
    lines.push_back(format("AUTHENTICATE", {coded.substr(at, sasl_chunk)}));
  if (coded.size() % sasl_chunk == 0) lines.push_back(format("AUTHENTICATE", {"+"}));
  return lines;
}

std::vector<std::string> Registration::next_nick(const Line& line) {
  // The configured one is wrong by itself, or the longer one is too long.
  const bool hopeless = line.command == "432" && nicks_tried_ == 0;
  if (hopeless || nicks_tried_ >= most_nicks) {
    state_ = State::failed;
    failure_ = (hopeless ? "the server does not take the nick '" : "all nicks are taken that are like '") +
               identity_.nick + "': " + std::string(line.params.empty() ? "" : line.params.back());
    return {};
  }
  nick_ = other_nick(identity_.nick, ++nicks_tried_);
  return {format("NICK", {nick_})};
}

}  // namespace carillon::reporter::irc
