// What the address says that a job calls. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "web/message.hpp"

namespace carillon::source::ping {

struct Signal {
  enum class Kind { start, success, fail, log };
  std::string slug;
  Kind kind = Kind::success;
  // Of /1 to /255.
  std::optional<int> exit_status;
  // Pairs a start and its end; a UUID in small letters, or empty.
  std::string rid;
  // ?create=1.
  bool create = false;
};

// Out of /ping/{key}/{slug}[/{signal}], which web::Router has taken apart, and the query. Failure: rejected;
// what is wrong with it.
Result<Signal> signal_of(const web::Head& head);

// What stands between "/ping/" and the next '/', decoded; "": nothing.
std::string key_of(std::string_view path);

}  // namespace carillon::source::ping
