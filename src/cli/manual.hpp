// The manual page.
#pragma once

#include <string>
#include <string_view>

#include "cli/shape.hpp"

namespace carillon::cli {

// carillon(1), in the man macros of roff.
std::string manual(const ProgramShape& program);

// Text that stands for itself in a line of roff.
std::string roff_text(std::string_view text);

}  // namespace carillon::cli
