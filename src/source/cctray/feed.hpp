// A feed in the cc.xml form as runs. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::cctray {

// What the feed says of a project, as it is written: the last build that ended, and whether one runs.
struct Project {
  std::string name;
  bool building = false;
  std::string status;
  std::string label;
  std::string time;
  std::string url;

  friend bool operator==(const Project&, const Project&) = default;
};

// Failure (rejected): no XML, no feed, or a project without a name.
Result<std::vector<Project>> read_feed(std::string_view text);

// Whether its time has a zone.
bool has_moment(const Project& project);

// The end of its last build. nullopt: none is known, or the feed does not say how it ended. latest: seconds
// since the epoch; it has not ended later, and then, if the feed's time cannot be trusted.
std::optional<hook::Run> end_of(const Project& project, std::int64_t latest);

// The start of the build that runs; nullopt: none does. Its number is a guess: the one after the last.
std::optional<hook::Run> start_of(const Project& project);

// A label as number and attempt: "42", "42.1" (a second try), "42 :: 2" (the second try of a stage). nullopt:
// another label.
struct Count {
  std::int64_t number = 0;
  std::int64_t attempt = 1;
};
std::optional<Count> count_of(std::string_view label);

}  // namespace carillon::source::cctray
