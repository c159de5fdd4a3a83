// A message that is too large to be kept in memory.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/task.hpp"

namespace carillon::smtp {

// Read piece by piece, perhaps several times: once for every attempt to send it.
class Body {
 public:
  virtual ~Body() = default;

  // Goes to the beginning, and chooses a form that fits a relay with this limit (0: it names none), where the
  // message has one. Failure: it cannot be read now.
  virtual Task<void> begin(std::uint64_t max_size) = 0;

  // Of the form that was begun.
  // Bytes.
  virtual std::uint64_t size() const = 0;
  // Whether it holds bytes above 127.
  virtual bool eight_bit() const = 0;

  // The next piece, some 64 KB, valid until the next call; empty at the end. Failure: as begin().
  virtual Task<std::string_view> read() = 0;
};

}  // namespace carillon::smtp
