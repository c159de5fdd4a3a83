// The arguments of sources.GitHub, checked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/github_app.hpp"
#include "base/secret.hpp"
#include "settings/arguments.hpp"
#include "source/hook/place.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::github {

struct Settings {
  hook::Shape shape;
  hook::Secrets secrets;
  // Empty, and no App: the API is not asked.
  Secret token;
  // It fetches tokens instead.
  std::optional<GitHubApp> app;
  bool asks() const { return app || !token.empty(); }
  hook::Repositories repos;
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
  bool wants(std::string_view repository) const { return hook::wants(repos, repository); }
};

}  // namespace carillon::source::github
