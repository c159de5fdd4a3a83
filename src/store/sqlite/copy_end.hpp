// A file of SQLite as one end of a copy.
#pragma once

#include <memory>
#include <string>

#include "store/copied.hpp"

namespace carillon::store {

// Throw Error. The file must not be served.
// As it is now: what others write later is not seen.
std::unique_ptr<CopyEnd> copy_from_file(const std::string& path);
// Made where there is none, with its tables. Nobody else writes to it until it is let go.
std::unique_ptr<CopyEnd> copy_to_file(const std::string& path);

}  // namespace carillon::store
