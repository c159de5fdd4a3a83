// The output of a command, as much of it as a report has room for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::exec {

// Keeps the first and the last part of what is added, in bounded memory: at most twice max_bytes.
class Capture {
 public:
  explicit Capture(std::size_t max_bytes) : half_(max_bytes / 2) {}

  void add(std::string_view bytes);

  std::uint64_t total() const { return total_; }

  // Valid UTF-8 without NUL; says in between how many bytes are left out.
  std::string text() const;

 private:
  std::size_t half_;
  std::uint64_t total_ = 0;
  std::string head_;
  // Its last half_ bytes count.
  std::string tail_;
};

}  // namespace carillon::exec
