// The room that is left.
#pragma once

#include <string>

namespace carillon::server {

// Whether less than 1 MB is left where the file is. False where that cannot be found out.
bool disk_full(const std::string& file);

}  // namespace carillon::server
