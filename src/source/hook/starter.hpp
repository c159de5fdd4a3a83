// What can be started at a CI, and what is asked before: the forms of `force`. Values, and the interface.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/task.hpp"

namespace carillon::source::hook {

// What people can set before a pipeline starts: an input, a variable, a parameter.
struct Field {
  enum class Kind { text, number, boolean, choice };
  // As the CI calls it.
  std::string name;
  // What the CI says of it; may be empty.
  std::string description;
  Kind kind = Kind::text;
  bool required = false;
  // Of a choice; never empty there.
  std::vector<std::string> choices;
  // What the CI takes while nothing is set; empty: nothing.
  std::string fallback;
};

struct Form {
  // The branch that is meant while nothing is said; nullopt: the CI is not told of branches.
  std::optional<std::string> branch;
  std::vector<Field> fields;
};

// What is started: that of which this was the last build.
struct Pipeline {
  std::string project;
  // Run::id.
  std::string run;
  // Of its properties those that are texts or numbers.
  json::object properties;
};

struct Order {
  // Empty: Form::branch, or none.
  std::string branch;
  // By Field::name; what is not set is not there.
  std::vector<std::pair<std::string, std::string>> values;
};

// Failures of all functions: as Api's; the text is for the person who asked.
class Starter {
 public:
  virtual ~Starter() = default;

  // What the pipeline asks for. branch: empty for that which is meant while nothing is said. Failure
  // (rejected): it is none that people start, or what it asks for cannot be read.
  virtual Task<Form> form(const Pipeline& pipeline, const std::string& branch) = 0;

  // Starts it. Yields Run::id of the run, or "" where the CI does not say in time which it is. form: what
  // form() yielded for it.
  virtual Task<std::string> start(const Pipeline& pipeline, const Form& form, const Order& order) = 0;
};

}  // namespace carillon::source::hook
