#include "cli/progress_line.hpp"

#include <unistd.h>

#include <iostream>

namespace carillon::cli {
namespace {

constexpr std::chrono::milliseconds between_changes{100};  // on a terminal
constexpr std::chrono::seconds between_lines{5};

}  // namespace

ProgressLine::ProgressLine(std::string what, std::size_t total, bool silent)
    : what_(std::move(what)), total_(total), silent_(silent), terminal_(isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() {
  if (open_) std::cerr << "\n";
}

void ProgressLine::show(std::size_t done, const std::string& remark) {
  const auto now = Clock::now();
  const bool last = done >= total_;
  const bool due = terminal_ ? now - shown_ >= between_changes : now - shown_ >= between_lines;
  if (silent_ || (!due && !(terminal_ && last))) return;
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  const auto rate = static_cast<std::size_t>(seconds > 0 ? static_cast<double>(done) / seconds : 0);
  const std::string text = std::to_string(done) + " of " + std::to_string(total_) + " " + what_ + ", " +
                           std::to_string(rate) + "/s" + (remark.empty() ? "" : "; " + remark);
  if (terminal_) {
    std::cerr << "\r\x1b[K" << text << std::flush;
    open_ = true;
  } else {
    std::cerr << text << "\n";
  }
}

}  // namespace carillon::cli
