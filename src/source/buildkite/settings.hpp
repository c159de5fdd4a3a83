// The arguments of sources.Buildkite, checked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "settings/arguments.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::buildkite {

struct Settings {
  hook::Shape shape;
  hook::Secrets secrets;
  // Empty: the API is not asked.
  Secret token;
  // Its slug; empty where the API is not asked.
  std::string organization;
  // "app", "app-*"; nullopt: whatever is signed.
  std::optional<std::vector<std::string>> pipelines;
  // Of meta-data and the environment.
  std::vector<std::string> keep;
  // Ends in '/'.
  std::string api;
  std::chrono::seconds every{300};
  bool verify = true;

  // Throws ConfigError.
  static Settings from(const settings::Arguments& args);

  // Whether builds of the pipeline are ours to report.
  bool wants(std::string_view slug) const;
};

// What may be part of an address: letters, digits, '.', '_' and '-'.
bool is_slug(std::string_view text);

}  // namespace carillon::source::buildkite
