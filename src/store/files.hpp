// Which deliveries need which files of the spool. The store does not look at the files themselves.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"

namespace carillon::store {

// Who needs a file.
struct FileUse {
  // By a delivery that is waiting or dead.
  bool needed = false;
  // Else, when the last delivery of it was delivered; nullopt: none was.
  std::optional<Millis> delivered;
};

class Files {
 public:
  virtual ~Files() = default;

  // Who needs files of these names, in the same order. Failure: as Store's.
  virtual Task<std::vector<FileUse>> file_uses(std::vector<std::string> names) = 0;
};

}  // namespace carillon::store
