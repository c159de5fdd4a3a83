// The arguments of sources.GitLab, checked.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "settings/arguments.hpp"
#include "source/hook/place.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::gitlab {

struct Settings {
  hook::Shape shape;
  // Secret tokens (X-Gitlab-Token) and signing tokens of hooks; at least one of either kind.
  hook::Secrets secrets;
  hook::Secrets signing;
  // Empty: the API is not asked.
  Secret token;
  // "team/app", "team/*"; nullopt: whatever is proved.
  hook::Repositories projects;
  // Ends in '/'.
  std::string url;
  // Whether pipelines that another pipeline of the same project has started count.
  bool children = true;
  std::chrono::seconds every{300};
  bool verify = true;

  // Throws ConfigError.
  static Settings from(const settings::Arguments& args);

  // Whether builds of the project are ours to report.
  bool wants(std::string_view project) const { return hook::wants(projects, project); }
};

// "team/app", "team/sub/app": what a project may be called. Nothing else becomes part of an address.
bool is_project(std::string_view text);

}  // namespace carillon::source::gitlab
