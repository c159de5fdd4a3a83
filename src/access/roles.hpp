// Who has which role: c['www']['roles']. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "access/caller.hpp"
#include "settings/web_access.hpp"

namespace carillon::access {

class Roles {
 public:
  // Where no role names anybody all who are known are viewers. unsaid: what the anonymous have where the
  // configuration does not say it.
  Roles(const settings::WebAccess& access, Role unsaid);

  // The highest that the name, one of the groups, or "*" has; at least that of the anonymous.
  Role of(std::string_view name, const std::vector<std::string>& groups) const;
  Role anonymous() const { return anonymous_; }

 private:
  Role anonymous_;
  // By "alice", "group:ci", "*".
  std::map<std::string, Role, std::less<>> roles_;
};

}  // namespace carillon::access
