// What a bot keeps across restarts: small values by name. Implemented over the store by app/.
#pragma once

#include <map>
#include <string>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/task.hpp"

namespace carillon::chat {

// Failures: as store::Store; nothing was written then.
class Memory {
 public:
  virtual ~Memory() = default;

  // Durable when it returns. null: forgets it.
  virtual Task<void> keep(std::string key, json::value value) = 0;

  // null: never kept.
  virtual Task<json::value> recall(std::string key) = 0;

  // Everything whose key begins so.
  virtual Task<std::map<std::string, json::value>> recall_all(std::string prefix) = 0;

  // Forgets what begins so and was last kept before that time.
  virtual Task<void> forget(std::string prefix, Millis before) = 0;
};

}  // namespace carillon::chat
