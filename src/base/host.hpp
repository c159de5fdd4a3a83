// The machine that this process runs on.
#pragma once

#include <string>

namespace carillon {

// Its name; "localhost" where it is not known.
std::string host_name();

}  // namespace carillon
