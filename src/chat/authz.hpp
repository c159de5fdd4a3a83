// Who may do what: the argument `authz`. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "settings/arguments.hpp"

namespace carillon::chat {

class Authz {
 public:
  // The harmless commands are everybody's, the dangerous ones (force, stop, shutdown, join, leave) nobody's.
  Authz() = default;

  // `authz` of the arguments: {command or tuple of commands: True, False, a name or a list of names}; '' is
  // any harmless command, '!' any dangerous one, '*' any that is not named. Names are nicks or numbers, and
  // "account:NAME" is a services account. Also the deprecated allowForce and allowShutdown where the schema
  // has them. `fold`: how the medium compares names. Throws settings::ConfigError (unknown shape, both old
  // and new).
  static Authz read(const settings::Arguments& args, std::string (*fold)(std::string_view));

  enum class Access { granted, denied, ask_account };

  // `command`: without prefix, in any case. `person`: Person::id. `account`: that of the person; an empty
  // one: none; nullopt: not looked up, and then ask_account says that the answer depends on it.
  Access access(std::string_view command, std::string_view person,
                const std::optional<std::string>& account) const;

  // Whether a rule for just this command (not '', '!' or '*') lets that person; without one: denied.
  Access named(std::string_view command, std::string_view person,
               const std::optional<std::string>& account) const;

 private:
  struct Rule {
    std::optional<bool> everybody;
    std::set<std::string, std::less<>> people;
    std::set<std::string, std::less<>> accounts;
  };
  static Access judge(const Rule& rule, std::string_view person, const std::optional<std::string>& account);
  // By command in lower case, "", "!", "*".
  std::map<std::string, Rule, std::less<>> rules_;
};

bool is_dangerous(std::string_view command);

}  // namespace carillon::chat
