// What is said of a master without a link: at once why, for each new reason, and again while it lasts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.hpp"

namespace carillon::source::buildbot {

class Outage {
 public:
  // It begins without a link.
  explicit Outage(Millis now) : since_(now) {}

  Millis since() const { return since_; }
  const std::string& why() const { return why_; }  // "": nothing failed yet

  // A link that worked was lost.
  std::string lost(const std::string& why, Millis now, Millis pause);

  // An attempt to connect failed, and the next one comes after the pause: the line for the log, if any. After
  // 1, 5 and 30 minutes without a link there is one even where the reason is the same.
  std::optional<std::string> failed(const std::string& why, Millis now, Millis pause);

 private:
  Millis since_;
  std::string why_;
  // How many of those times have passed.
  std::size_t told_ = 0;
};

}  // namespace carillon::source::buildbot
