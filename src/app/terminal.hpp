// Text for people: times, colours, columns.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "store/store.hpp"

namespace carillon::app {

// "2026-01-31 12:00:05", local time.
std::string time_text(Millis at);

// "report", "summary", "ignore".
const char* word(rule::Decision::Outcome outcome);

// Colours only when standard output is a terminal and NO_COLOR is not set.
class Colours {
 public:
  Colours();
  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string dim(std::string_view text) const { return wrap("2", text); }
  std::string red(std::string_view text) const { return wrap("31", text); }
  std::string state(store::State state) const;  // its name in its colour

 private:
  std::string wrap(const char* code, std::string_view text) const;
  bool on_;
};

// Terminal control characters in data are shown as '?', so that a build's name cannot play with the terminal.
std::string printable(std::string_view text);

}  // namespace carillon::app
