#include "access/caller.hpp"

#include <array>

namespace carillon::access {
namespace {

constexpr std::array<std::string_view, 5> role_names{"none", "feeds", "viewer", "operator", "admin"};

}  // namespace

std::string_view name(Role role) {
  return role_names.at(static_cast<std::size_t>(role));
}

std::optional<Role> role_from(std::string_view name) {
  for (std::size_t i = 0; i < role_names.size(); ++i) {
    if (role_names.at(i) == name) return static_cast<Role>(i);
  }
  return std::nullopt;
}

}  // namespace carillon::access
