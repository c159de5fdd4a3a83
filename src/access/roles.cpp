#include "access/roles.hpp"

#include <algorithm>

namespace carillon::access {
namespace {

constexpr std::string_view everybody = "*";

}  // namespace

Roles::Roles(const settings::WebAccess& access, Role unsaid)
    : anonymous_(access.anonymous ? role_from(*access.anonymous).value_or(Role::none) : unsaid) {
  for (const auto& [name, people] : access.roles) {
    const Role role = role_from(name).value_or(Role::none);
    for (const std::string& one : people) {
      Role& known = roles_[one];
      known = std::max(known, role);
    }
  }
  if (access.roles.empty()) roles_.emplace(everybody, Role::viewer);
}

Role Roles::of(std::string_view name, const std::vector<std::string>& groups) const {
  Role role = anonymous_;
  const auto add = [&](std::string_view who) {
    const auto found = roles_.find(who);
    if (found != roles_.end()) role = std::max(role, found->second);
  };
  add(everybody);
  // Names of that form are groups.
  if (!name.starts_with("group:") && name != everybody) add(name);
  for (const std::string& group : groups)
    add("group:" + group);
  return role;
}

}  // namespace carillon::access
