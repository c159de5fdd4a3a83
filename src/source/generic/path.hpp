// Where something stands in a JSON body: "$.job.name", "$.jobs[0].id", "$['odd name']", "$.jobs[*].name",
// "$headers.x-event". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace carillon::source::generic {

// What paths begin at.
struct Scope {
  const json::value* body = nullptr;
  // Names in lower case.
  const json::value* headers = nullptr;
};

struct Path {
  struct Step {
    enum class Kind { member, index, all };
    Kind kind = Kind::member;
    std::string name;
    // Negative ones count from the end.
    std::int64_t index = 0;
  };
  // As it was written.
  std::string text;
  bool in_headers = false;
  std::vector<Step> steps;
};

// Failure (rejected): what is wrong with it.
Result<Path> path_of(std::string_view text);

// What stands there, in order; more than one only where the path has [*]. They belong to the scope.
std::vector<const json::value*> values_at(const Path& path, const Scope& scope);

// A text with places: "{{ body.repo }}/{{ body.flow }}". Literals and paths take turns, a literal is first.
struct Text {
  std::string text;
  std::vector<std::string> literals;
  std::vector<Path> paths;
};

bool is_text(std::string_view text);
// Failure (rejected): what stands between braces is no path.
Result<Text> text_of(std::string_view text);
// What is missing is empty.
std::string filled(const Text& text, const Scope& scope);

// Of a text, a number or a truth value; "" of anything else.
std::string scalar_text(const json::value& value);

}  // namespace carillon::source::generic
