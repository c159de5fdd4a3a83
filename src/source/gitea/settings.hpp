// The arguments of sources.Gitea and sources.Forgejo, checked.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "settings/arguments.hpp"
#include "source/hook/place.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::gitea {

struct Settings {
  // Its ci is "gitea" or "forgejo".
  hook::Shape shape;
  hook::Secrets secrets;
  // Empty: the API is not asked.
  Secret token;
  hook::Repositories repos;
  // Ends in '/'.
  std::string url;
  bool runs = false;
  bool statuses = false;
  std::chrono::seconds every{300};
  bool verify = true;

  // Throws ConfigError.
  static Settings from(const settings::Arguments& args);

  // Whether builds of the repository are ours to report.
  bool wants(std::string_view repository) const { return hook::wants(repos, repository); }
};

}  // namespace carillon::source::gitea
