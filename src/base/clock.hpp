// Time, passed in so that tests decide what time it is.
#pragma once

#include <chrono>
#include <cstdint>

namespace carillon {

// Milliseconds since the Unix epoch: what the store keeps and the pipeline compares.
using Millis = std::int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Millis now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Millis now() const override {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  }
};

}  // namespace carillon
