// The body of a request that is too large to be kept in memory.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/task.hpp"

namespace carillon::http {

// Read piece by piece, perhaps several times: again after a challenge for a password, or when a kept
// connection had been closed by the server.
class Body {
 public:
  virtual ~Body() = default;

  // Goes to the beginning. Failure: it cannot be read now.
  virtual Task<void> begin() = 0;

  // Since the first begin(); the same ever after.
  // Bytes.
  virtual std::uint64_t size() const = 0;

  // The next piece, some 64 KB, valid until the next call; empty at the end. Failure: as begin().
  virtual Task<std::string_view> read() = 0;
};

}  // namespace carillon::http
