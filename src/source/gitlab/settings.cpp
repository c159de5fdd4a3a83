#include "source/gitlab/settings.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "source/credentials.hpp"

namespace carillon::source::gitlab {
namespace {

constexpr std::chrono::seconds least_pause{30};

// A path without an empty part, "." or "..".
bool is_plain_path(std::string_view text) {
  const auto parts = words_of(text, "/");
  std::size_t length = parts.empty() ? 0 : parts.size() - 1;
  for (const std::string_view part : parts)
    length += part.size();
  return !parts.empty() && length == text.size() && std::ranges::all_of(parts, [](std::string_view part) {
    return part != "." && part != ".." && hook::key_part(part) == part;
  });
}

}  // namespace

bool is_project(std::string_view text) {
  return is_plain_path(text) && text.find('/') != std::string_view::npos;
}

Settings Settings::from(const settings::Arguments& args) {
  Settings settings;
  settings.shape = hook::Shape::from(args, "gitlab");
  settings.secrets = secrets_of(args, "secret");
  settings.signing = secrets_of(args, "signing");
  if (settings.secrets.empty() && settings.signing.empty())
    args.fail("secret", "is needed, or signing: anybody could post builds");
  settings.token = args.secret("token");
  settings.projects = args.strings("projects");
  for (const std::string& project : settings.projects.value_or(std::vector<std::string>())) {
    std::string without_stars = project;
    std::ranges::replace(without_stars, '*', 'x');
    if (!is_project(without_stars))
      args.fail("projects", "must hold names like 'team/app' or 'team/*', not '" + project + "'");
  }
  settings.url = hook::address_of(args, "url");
  settings.children = args.boolean("children");
  settings.every = hook::interval_of(args, "every", least_pause);
  settings.verify = args.boolean("verify");
  return settings;
}

}  // namespace carillon::source::gitlab
