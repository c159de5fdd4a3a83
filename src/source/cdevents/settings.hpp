// The arguments of sources.CDEvents, checked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "settings/arguments.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::cdevents {

struct Settings {
  hook::Shape shape;
  // One of the two is enough.
  hook::Secrets tokens;
  hook::Secrets signing;
  // Whether tests that belong to no run are builds.
  bool tests = true;
  // Patterns of who may ask to be let in.
  std::vector<std::string> origins;

  // Throws ConfigError.
  static Settings from(const settings::Arguments& args);
};

}  // namespace carillon::source::cdevents
