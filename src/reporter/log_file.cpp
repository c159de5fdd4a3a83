#include "reporter/log_file.hpp"

#include <algorithm>

namespace carillon::reporter {

bool LogChoice::wants(const std::string& step, const std::string& log) const {
  return all || std::ranges::find(names, log) != names.end() ||
         std::ranges::find(names, step + "." + log) != names.end();
}

}  // namespace carillon::reporter
