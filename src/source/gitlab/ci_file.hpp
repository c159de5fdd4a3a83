// What a .gitlab-ci.yml asks for before a pipeline starts. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/starter.hpp"

namespace carillon::source::gitlab {

// How fields are called that are inputs of the pipeline (`spec: inputs`): all others are variables.
inline constexpr std::string_view input_prefix = "inputs.";

struct CiFile {
  // The inputs; then the global variables that have a description or options: those that GitLab's own page
  // asks for, too.
  std::vector<hook::Field> fields;
  // What the file includes may have more.
  bool includes = false;
};

// Failure (rejected): "line 3: ...", or the path of what cannot be meant.
Result<CiFile> read_ci_file(std::string_view text);

// What is sent to start a pipeline: {"ref": ..., "variables": [...], "inputs": {...}}. Inputs are what their
// kinds say, and lists where JSON's lists were given.
json::object pipeline_order(const std::string& ref, const hook::Form& form, const hook::Order& order);

}  // namespace carillon::source::gitlab
