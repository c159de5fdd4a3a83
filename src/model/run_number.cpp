#include "model/run_number.hpp"

namespace carillon {

std::string attempt_mark(const RunNumber& run) {
  return run.attempt > 1 ? ", attempt " + std::to_string(run.attempt) : "";
}

std::string run_title(const RunNumber& run, std::string_view builder) {
  std::string title = "build #" + std::to_string(run.number) + attempt_mark(run);
  if (run.attempt > 1) title += ",";
  return title.append(" of ").append(builder);
}

}  // namespace carillon
