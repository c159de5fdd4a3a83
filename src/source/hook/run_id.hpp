// The numbers in Run::id, for who asks an API for the run. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::source::hook {

struct RunId {
  // Digits, as many as were asked for.
  std::vector<std::string> numbers;
  // Digits, or empty where tries are not counted.
  std::string attempt;
};

// Of "run-7" or "run-7.2" with begin "run-"; of "pipeline-3-42.1" with begin "pipeline-" and two numbers.
// nullopt: the id is another one.
std::optional<RunId> parts_of(std::string_view id, std::string_view begin, std::size_t numbers = 1);

// The number of "build-7"; empty: the id is another one.
std::string number_of(std::string_view id, std::string_view begin);

}  // namespace carillon::source::hook
