// Mail addresses of others, which viewers may not read where the configuration says 'privacy'.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "base/json.hpp"
#include "dashboard/aliases.hpp"

namespace carillon::dashboard {

class Privacy {
 public:
  // Nothing is masked.
  Privacy() = default;
  // For this caller; known: addresses that he or she has typed. aliases: of what links of ours name, below
  // `prefix`; they outlive it. null: such links lead nowhere.
  Privacy(const access::Access& access, const access::Caller& caller, std::vector<std::string> known = {},
          const Aliases* aliases = nullptr, std::string prefix = "/");

  bool masks() const { return masks_; }

  // The text, also HTML that is escaped, with "a***@example.org" in place of "alice@example.org". A commit
  // behind an '@' is no address. What holds one in a link, percent-encoded, has its alias there where the
  // link is ours, else the same stars.
  std::string operator()(std::string_view text) const;
  // All texts of it. A member `next` names where a list goes on: it has an alias, too.
  json::value in(json::value value) const;

 private:
  bool is_known(std::string_view address) const;
  std::string masked(std::string_view text) const;
  std::string with_aliases(std::string_view text) const;
  bool is_ours(std::string_view before) const;

  bool masks_ = false;
  std::vector<std::string> known_;
  const Aliases* aliases_ = nullptr;
  std::string prefix_;
};

// Why others' addresses cannot be searched for, with the name of the field that would; for 403.
inline std::string no_search(std::string_view field) {
  return std::string(field) + ": addresses are masked here, so only the role operator may search for them";
}

}  // namespace carillon::dashboard
