#include "access/access.hpp"

namespace carillon::access {

Caller OpenAccess::caller(const web::Head& head) {
  return {loopback_ ? Role::viewer : Role::none, {}, head.address, false, {}};
}

std::optional<std::string> OpenAccess::forged(const Caller& /*caller*/, const web::Head& /*head*/,
                                              std::string_view /*token*/) const {
  return "nobody may change anything here";
}

std::string OpenAccess::hint(Role needed) const {
  if (!loopback_ && needed <= Role::viewer)
    return "this server listens on more than the loopback: say in c['www'] who may read (doc/dashboard.md)";
  return "say in c['www'] who may do that (doc/dashboard.md)";
}

}  // namespace carillon::access
