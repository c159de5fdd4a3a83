// carillon completion SHELL
#pragma once

#include <string>
#include <string_view>

#include "cli/shape.hpp"

namespace carillon::cli {

// A script for the shell ("bash", "zsh", "fish") that completes commands, options, and of their values those
// that are known: choices, files, and the names of reporters out of the ledger.
std::string completion(const ProgramShape& program, std::string_view shell);

std::string bash_completion(const ProgramShape& program);
std::string zsh_completion(const ProgramShape& program);
std::string fish_completion(const ProgramShape& program);

}  // namespace carillon::cli
