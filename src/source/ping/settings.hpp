// The arguments of sources.Ping, checked.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "settings/arguments.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::ping {

// util.Check(every="1d", grace="2h"): it is late when nothing was heard of it for longer than both.
struct Schedule {
  // Milliseconds; 0: it is never late.
  Millis every = 0;
  Millis grace = 0;
};

struct Settings {
  hook::Shape shape;
  hook::Secrets keys;
  std::map<std::string, Schedule, std::less<>> checks;
  // Of a check that a ping makes; nullopt: none does.
  std::optional<Schedule> create;

  // Throws ConfigError.
  static Settings from(const settings::Arguments& args);
};

// What a check may be called: letters, digits, '.', '_' and '-', at most 100 of them.
bool is_slug(std::string_view text);

}  // namespace carillon::source::ping
