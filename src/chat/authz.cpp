#include "chat/authz.hpp"

#include <algorithm>
#include <array>

#include "base/letters.hpp"
#include "chat/command.hpp"
#include "settings/nearest.hpp"

namespace carillon::chat {
namespace {

using settings::Arguments;
using settings::Dict;
using settings::List;
using settings::Value;

constexpr std::array<std::string_view, 5> dangerous = {"force", "stop", "shutdown", "join", "leave"};
constexpr std::string_view account_prefix = "account:";

void must_be_a_command(const Arguments& args, const std::string& word) {
  if (word.empty() || word == "!" || word == "*") return;
  std::vector<std::string> known;
  for (const Command& command : commands())
    known.emplace_back(command.name);
  if (std::find(known.begin(), known.end(), word) != known.end()) return;
  const auto meant = settings::nearest(word, known);
  args.fail("authz", "there is not a command '" + word + "'" +
                         (meant ? "; did you mean '" + *meant + "'?" : "; see the bot's 'commands'"));
}

std::vector<std::string> commands_in_key(const Arguments& args, const Value& key) {
  if (const auto* word = key.as<std::string>()) return {lower(*word)};
  std::vector<std::string> words;
  if (const auto* list = key.as<List>()) {
    for (const Value& one : *list) {
      const auto* word = one.as<std::string>();
      if (word == nullptr) args.fail("authz", "a command must be a string, not " + describe(one));
      words.push_back(lower(*word));
    }
    return words;
  }
  args.fail("authz", "a key must be a command or a tuple of commands, not " + describe(key));
}

// A nick or a numeric id.
std::optional<std::string> person_of(const Value& value) {
  if (const auto* word = value.as<std::string>()) return *word;
  if (const auto* number = value.as<std::int64_t>()) return std::to_string(*number);
  return std::nullopt;
}

}  // namespace

bool is_dangerous(std::string_view command) {
  return std::find(dangerous.begin(), dangerous.end(), lower(command)) != dangerous.end();
}

Authz Authz::read(const Arguments& args, std::string (*fold)(std::string_view)) {
  Authz authz;
  const auto rule_of = [&](const Value& value, const std::string& command) {
    Rule rule;
    const std::string place = "'" + command + "': ";
    const auto add = [&](const Value& one) {
      const auto person = person_of(one);
      if (!person || person->empty()) {
        args.fail("authz", place + "must be True, False, a name or a list of names, not " + describe(one));
      }
      if (person->starts_with(account_prefix)) {
        rule.accounts.insert(fold(person->substr(account_prefix.size())));
      } else {
        rule.people.insert(fold(*person));
      }
    };
    if (const auto* flag = value.as<bool>()) {
      rule.everybody = *flag;
    } else if (const auto* list = value.as<List>()) {
      for (const Value& one : *list)
        add(one);
    } else if (value.is_none()) {
      rule.everybody = false;
    } else {
      add(value);
    }
    return rule;
  };
  if (args.given("authz")) {
    const auto* dict = args.at("authz").as<Dict>();
    if (dict == nullptr) args.fail("authz", "must be a dictionary");
    for (std::size_t i = 0; i < dict->keys.size(); ++i) {
      for (const std::string& command : commands_in_key(args, dict->keys[i])) {
        must_be_a_command(args, command);
        authz.rules_[command] = rule_of(dict->values[i], command);
      }
    }
  }
  const auto deprecated = [&](const char* argument, std::initializer_list<const char*> commands) {
    if (!args.has(argument) || !args.given(argument)) return;
    if (args.given("authz")) args.fail(argument, "must not be given together with authz, which replaces it");
    for (const char* command : commands)
      authz.rules_[command].everybody = args.boolean(argument);
  };
  deprecated("allowForce", {"force", "stop"});
  deprecated("allowShutdown", {"shutdown"});
  return authz;
}

Authz::Access Authz::access(std::string_view command, std::string_view person,
                            const std::optional<std::string>& account) const {
  const std::string word = lower(command);
  const bool danger = is_dangerous(word);
  auto rule = rules_.find(word);
  if (rule == rules_.end()) rule = rules_.find(std::string_view("*"));
  if (rule == rules_.end()) rule = rules_.find(std::string_view(danger ? "!" : ""));
  if (rule == rules_.end()) return danger ? Access::denied : Access::granted;
  return judge(rule->second, person, account);
}

Authz::Access Authz::named(std::string_view command, std::string_view person,
                           const std::optional<std::string>& account) const {
  const auto rule = rules_.find(lower(command));
  return rule == rules_.end() ? Access::denied : judge(rule->second, person, account);
}

Authz::Access Authz::judge(const Rule& rule, std::string_view person,
                           const std::optional<std::string>& account) {
  if (rule.everybody) return *rule.everybody ? Access::granted : Access::denied;
  if (rule.people.contains(person)) return Access::granted;
  if (rule.accounts.empty()) return Access::denied;
  if (!account) return Access::ask_account;
  return !account->empty() && rule.accounts.contains(*account) ? Access::granted : Access::denied;
}

}  // namespace carillon::chat
