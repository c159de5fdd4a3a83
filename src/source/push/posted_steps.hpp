// Steps and logs of posted builds. Internal to posted_builds.
#pragma once

#include "source/push/posted_builds.hpp"

namespace carillon::source::push {

// A log as the data API has it, without its contents, and these.
struct PostedBuilds::Log {
  json::object shown;
  json::object contents;
  std::optional<std::int64_t> posted;  // its id
};

struct PostedBuilds::Step {
  json::object shown;
  std::vector<Log> logs;
  std::optional<std::int64_t> posted;  // its id
};

}  // namespace carillon::source::push
