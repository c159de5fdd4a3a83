// What of a body is what of a build: the arguments mapping, when, and results of sources.Generic, checked.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "settings/arguments.hpp"
#include "source/generic/path.hpp"
#include "source/hook/words.hpp"

namespace carillon::source::generic {

// One way to get a value. A function of the user's is called with the body.
using Way = std::variant<Path, Text, settings::ObjectPtr>;

// By field; of several ways the first that leads to something counts.
using Fields = std::map<std::string, std::vector<Way>, std::less<>>;

struct Mapping {
  // Beside those of the Run: "tests.total" and the like.
  Fields fields;
  Fields properties;
  // Of each step: where they are in the body, and fields of one, whose paths begin at it.
  std::optional<Path> each_step;
  Fields step;

  struct Condition {
    Path path;
    std::vector<json::value> values;
  };
  // Bodies of which one does not hold are not meant.
  std::vector<Condition> when;
  // Before the words that all CIs have.
  std::map<std::string, hook::State, std::less<>> words;

  // Throws ConfigError, with the field's name.
  static Mapping from(const settings::Arguments& args);

  // What the sender's word for a state or a result means.
  std::optional<hook::State> state_of(std::string_view word) const;
};

// How the sender would write the way: "$.job.name"; "a function" of functions. For errors.
std::string shown(const Way& way);

}  // namespace carillon::source::generic
