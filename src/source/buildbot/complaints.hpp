// What is wrong with a master, for the log: however often it happens, it fills no disk.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace carillon::source::buildbot {

// Of each kind one line a minute; it says how many were left out since the one before. One for each master,
// and for all of its sessions: a master that connects again does not start over.
class Complaints {
 public:
  enum class Kind {
    frame,    // what it announced is not understood
    answer,   // a document of its data API cannot be had
    build,    // it cannot be reported
    request,  // neither can that
  };
  static constexpr std::size_t kinds = 4;
  static constexpr Millis pause = 60'000;

  // where: for the log. The references outlive it.
  Complaints(std::string where, const Log& log, const Clock& clock)
      : where_(std::move(where)), log_(log), clock_(clock) {}

  // Of builds as an error, of all else as a warning.
  void add(Kind kind, std::string_view text);

 private:
  struct Told {
    std::optional<Millis> at;
    std::size_t left_out = 0;
  };

  std::string where_;
  const Log& log_;
  const Clock& clock_;
  std::array<Told, kinds> told_;
};

}  // namespace carillon::source::buildbot
