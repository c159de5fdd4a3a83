// How many files and connections this process may have open.
#pragma once

#include <cstddef>

namespace carillon::server {

// Raises the limit as far as the system lets us, to at most 65,536. Yields what it is then.
std::size_t raise_descriptor_limit();

}  // namespace carillon::server
