// Small values that reporters, bots and the server keep across restarts.
#pragma once

#include <map>
#include <string>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/task.hpp"

namespace carillon::store {

// By owner and name. Failures of all functions: as Store's.
class KeyValue {
 public:
  virtual ~KeyValue() = default;

  // null forgets.
  virtual Task<void> remember(std::string owner, std::string key, json::value value, Millis now) = 0;
  // Those of the owner whose name begins so, by name.
  virtual Task<std::map<std::string, json::value>> recall(std::string owner, std::string prefix) = 0;
  // Forgets those that were last remembered before that time.
  virtual Task<void> forget(std::string owner, std::string prefix, Millis before) = 0;
};

}  // namespace carillon::store
