// How often each address may ask: so many at once, and one more each `every`.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::access {

class Pace {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Limits {
    int at_once = 100;
    std::chrono::milliseconds every{50};
    // That are remembered; with more at once all of them begin anew.
    std::size_t addresses = 10'000;
  };
  explicit Pace(Limits limits) : limits_(limits) {}
  Pace() : Pace(Limits()) {}

  // nullopt: it may, and was counted. Else how long it may not, at least a second.
  std::optional<std::chrono::seconds> ask(std::string_view address, Time now);

  std::size_t size() const { return full_.size(); }

 private:
  void make_room(Time now);

  Limits limits_;
  // When all of `at_once` is free again.
  std::map<std::string, Time, std::less<>> full_;
};

}  // namespace carillon::access
