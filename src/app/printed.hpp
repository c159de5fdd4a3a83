// What the configuration prints, on its way to the log.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"

namespace carillon::app {

// While a file is loaded its lines are held back: the log knows the secrets in it only afterwards.
class Printed {
 public:
  explicit Printed(const Log& log) : log_(log) {}

  void line(std::string_view text) {  // any thread
    const std::lock_guard lock(mutex_);
    if (holds_ > 0) {
      lines_.emplace_back(text);
    } else {
      log_.info("python", text);
    }
  }

  class Hold {
   public:
    explicit Hold(Printed& printed) : printed_(printed) {
      const std::lock_guard lock(printed_.mutex_);
      ++printed_.holds_;
    }
    ~Hold() { printed_.release(); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    Printed& printed_;
  };

 private:
  void release() {
    const std::lock_guard lock(mutex_);
    if (--holds_ > 0) return;
    for (const std::string& text : lines_)
      log_.info("python", text);
    lines_.clear();
  }

  const Log& log_;
  std::mutex mutex_;
  int holds_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace carillon::app
