// How far a long command has come, on standard error.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace carillon::cli {

// On a terminal one line that changes; else a line now and then.
class ProgressLine {
 public:
  // silent: says nothing. what: "reports".
  ProgressLine(std::string what, std::size_t total, bool silent);
  // Ends the line.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::size_t done, const std::string& remark = {});

 private:
  using Clock = std::chrono::steady_clock;

  std::string what_;
  std::size_t total_;
  bool silent_;
  bool terminal_;
  // Something stands in the line.
  bool open_ = false;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point shown_ = begun_;
};

}  // namespace carillon::cli
