#include "source/azure/settings.hpp"

#include <algorithm>

#include "source/credentials.hpp"
#include "source/hook/place.hpp"

namespace carillon::source::azure {

Settings Settings::from(const settings::Arguments& args) {
  Settings settings;
  settings.shape = hook::Shape::from(args, "azure");
  settings.secrets = tokens_of(args, "secret");
  settings.token = args.secret("token");
  settings.url = hook::address_of(args, "url");
  settings.projects = args.strings("projects").value_or(std::vector<std::string>());
  settings.every = hook::interval_of(args, "every", std::chrono::seconds(30));
  settings.verify = args.boolean("verify");
  return settings;
}

bool Settings::wants(std::string_view project) const {
  return projects.empty() || project.empty() || std::ranges::find(projects, project) != projects.end();
}

}  // namespace carillon::source::azure
