#include "source/gitea/settings.hpp"

#include "source/credentials.hpp"

namespace carillon::source::gitea {

Settings Settings::from(const settings::Arguments& args) {
  Settings settings;
  settings.shape = hook::Shape::from(args, args.class_name() == "Forgejo" ? "forgejo" : "gitea");
  settings.secrets = secrets_of(args, "secret");
  settings.token = args.secret("token");
  settings.repos = hook::repositories_of(args, "repos");
  settings.url = hook::address_of(args, "url");
  for (const std::string& event : args.strings("events").value_or(std::vector<std::string>{"runs"})) {
    bool* wanted = event == "runs" ? &settings.runs : event == "statuses" ? &settings.statuses : nullptr;
    if (wanted == nullptr) args.fail("events", "must hold 'runs' or 'statuses', not '" + event + "'");
    *wanted = true;
  }
  settings.every = hook::interval_of(args, "every", std::chrono::seconds(30));
  settings.verify = args.boolean("verify");
  return settings;
}

}  // namespace carillon::source::gitea
