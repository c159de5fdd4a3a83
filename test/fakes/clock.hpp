// A clock that a test sets.
#pragma once

#include "base/clock.hpp"

namespace carillon::test {

inline constexpr Millis minute = 60 * 1000;
inline constexpr Millis hour = 60 * minute;
inline constexpr Millis day = 24 * 60 * minute;

class FakeClock final : public Clock {
 public:
  explicit FakeClock(Millis start = 1'700'000'000'000) : now_(start) {}
  Millis now() const override { return now_; }
  void advance(Millis by) { now_ += by; }

 private:
  Millis now_;
};

}  // namespace carillon::test
