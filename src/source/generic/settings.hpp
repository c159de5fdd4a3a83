// The arguments of sources.Generic, checked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "settings/arguments.hpp"
#include "source/generic/mapping.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::generic {

struct Settings {
  hook::Shape shape;
  // Of Authorization; or the keys that bodies are signed with.
  hook::Secrets tokens;
  std::optional<hook::SignedHeader> hmac;
  Mapping mapping;

  // Throws ConfigError.
  static Settings from(const settings::Arguments& args);
};

}  // namespace carillon::source::generic
