// The arguments of sources.CircleCI, checked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "settings/arguments.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::circleci {

struct Settings {
  hook::Shape shape;
  hook::Secrets secrets;
  // Empty: the API is not asked.
  Secret token;
  // "github/acme/app", "github/acme/*"; nullopt: whatever is signed.
  std::optional<std::vector<std::string>> projects;
  // Both end in '/'.
  std::string api;
  std::string web;
  std::chrono::seconds every{300};
  bool verify = true;

  // Throws ConfigError.
  static Settings from(const settings::Arguments& args);

  // Whether builds of the project are ours to report.
  bool wants(std::string_view slug) const;
};

// "github/acme/app": hooks and API differ in how they write it ("gh/acme/app").
std::string slug_of(std::string_view written);
// Nothing else becomes part of an address.
bool is_slug(std::string_view text);

}  // namespace carillon::source::circleci
