// How long to wait before the next attempt to connect.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace carillon::source::buildbot {

// 1 s, 2 s, 4 s, ... 60 s, each shortened by up to a half at random, so that many do not come at once.
class Backoff {
 public:
  explicit Backoff(unsigned seed) : random_(seed) {}

  std::chrono::milliseconds next() {
    const auto whole = step_;
    step_ = std::min(step_ * 2, longest);
    std::uniform_int_distribution<std::int64_t> chosen(whole.count() / 2, whole.count());
    return std::chrono::milliseconds(chosen(random_));
  }

  void reset() { step_ = shortest; }

 private:
  static constexpr std::chrono::milliseconds shortest{1000};
  static constexpr std::chrono::milliseconds longest{60'000};
  std::minstd_rand random_;
  std::chrono::milliseconds step_ = shortest;
};

}  // namespace carillon::source::buildbot
