// carillon builders, builds.
#pragma once

#include <cstddef>
#include <string>

#include "base/terminal.hpp"
#include "cli/place.hpp"
#include "store/lists.hpp"

namespace carillon::cli {

struct BuildsOptions {
  // Empty ones: any.
  std::string builder, branch;
  // A result's word, or "running".
  std::string result;
  // As people write it (moment.hpp).
  std::string since;
  std::size_t limit = 50;
};

// "linux #7, attempt 2  failure  main  \"tests failed\"": a line for people.
std::string line_of(const Colours& colours, const store::ListedBuild& build);

// Each returns the exit code and prints to standard output. They throw settings::ConfigError or store::Error.
// Of every builder its newest build.
int list_builders(const Place& place);
// The newest builds, oldest of them first.
int list_builds(const Place& place, const BuildsOptions& options);

}  // namespace carillon::cli
