// The arguments of sources.Azure, checked.
#pragma once

#include <string>
#include <vector>

#include "base/secret.hpp"
#include "settings/arguments.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::azure {

struct Settings {
  hook::Shape shape;
  hook::Secrets secrets;
  // Empty: the API is not asked.
  Secret token;
  // Of the organisation, or of a collection of a server of one's own; ends in '/'.
  std::string url;
  // Names; empty: all that hooks tell of.
  std::vector<std::string> projects;
  std::chrono::seconds every{300};
  bool verify = true;

  // Throws ConfigError.
  static Settings from(const settings::Arguments& args);

  bool wants(std::string_view project) const;
};

}  // namespace carillon::source::azure
