// Steps and logs of posted builds. Internal to posted_builds.
#pragma once

#include "source/heard/posted_builds.hpp"

namespace carillon::source::heard {

// A log as the data API has it, without its contents, and these.
struct PostedBuilds::Log {
  json::object shown;
  json::object contents;
  // Its id.
  std::optional<std::int64_t> posted;
};

struct PostedBuilds::Step {
  json::object shown;
  std::vector<Log> logs;
  // Its id.
  std::optional<std::int64_t> posted;
};

}  // namespace carillon::source::heard
