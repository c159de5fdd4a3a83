// What the configuration prints, on its way to the log or a terminal.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.hpp"

namespace carillon::server {

// While a file is loaded its lines are held back: the redactor knows the secrets in it only afterwards.
class Printed {
 public:
  using Sink = std::function<void(std::string_view line)>;  // redacts; any thread, one at a time

  explicit Printed(Sink sink) : sink_(std::move(sink)) {}

  void line(std::string_view text) {  // any thread
    const std::lock_guard lock(mutex_);
    if (holds_ > 0) {
      lines_.emplace_back(text);
    } else {
      sink_(text);
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
      sink_(text);
    lines_.clear();
  }

  Sink sink_;
  std::mutex mutex_;
  int holds_ = 0;
  std::vector<std::string> lines_;
};

// For Printed where there is no log: to standard error, without secrets.
void print_redacted(const Redactor& redactor, std::string_view line);

}  // namespace carillon::server
