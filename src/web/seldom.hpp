// What is said at most once a minute.
#pragma once

#include <chrono>
#include <optional>

namespace carillon::web {

class Seldom {
 public:
  // Whether it may be said now; if so, not again for a minute.
  bool now() {
    const auto at = std::chrono::steady_clock::now();
    if (last_ && at - *last_ < std::chrono::minutes(1)) return false;
    last_ = at;
    return true;
  }

 private:
  std::optional<std::chrono::steady_clock::time_point> last_;
};

}  // namespace carillon::web
