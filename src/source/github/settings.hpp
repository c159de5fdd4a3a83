// The arguments of sources.GitHub, checked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "settings/arguments.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::github {

struct Settings {
  hook::Shape shape;
  hook::Secrets secrets;
  // Empty: the API is not asked.
  Secret token;
  // "acme/app", "acme/*"; nullopt: whatever is signed.
  std::optional<std::vector<std::string>> repos;
  // Both end in '/'.
  std::string url;
  std::string api;
  bool runs = false;
  bool checks = false;
  bool statuses = false;
  std::chrono::seconds every{300};
  bool verify = true;

  // Throws ConfigError.
  static Settings from(const settings::Arguments& args);

  // Whether builds of the repository are ours to report.
  bool wants(std::string_view repository) const;
};

// "acme/app": what a repository may be called. Nothing else becomes part of an address.
bool is_repository(std::string_view text);

}  // namespace carillon::source::github
