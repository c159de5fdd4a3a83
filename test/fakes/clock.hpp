// A clock that a test sets.
#pragma once

#include "base/clock.hpp"

namespace carillon::test {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(Millis start = 1'700'000'000'000) : now_(start) {}
  Millis now() const override { return now_; }
  void advance(Millis by) { now_ += by; }

 private:
  Millis now_;
};

}  // namespace carillon::test
