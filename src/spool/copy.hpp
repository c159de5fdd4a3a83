// A file of one spool, as a file of another.
#pragma once

#include <string>

#include "spool/spool.hpp"

namespace carillon::spool {

// Copies the file of that name and size (bytes), piece by piece, and reads it again: it is the same when true
// is returned. An older one of that name is replaced. False: `from` has none of that name and size. Both
// spools outlive it. Failures: theirs; unreachable where what was read again differs.
Task<bool> copy_file(Spool& from, Spool& to, std::string name, std::uint64_t size);

}  // namespace carillon::spool
