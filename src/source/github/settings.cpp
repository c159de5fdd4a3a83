#include "source/github/settings.hpp"

#include "settings/github_app.hpp"
#include "source/credentials.hpp"

namespace carillon::source::github {
namespace {

constexpr std::string_view github_com = "https://github.com/";

}  // namespace

Settings Settings::from(const settings::Arguments& args) {
  Settings settings;
  settings.shape = hook::Shape::from(args, "github");
  settings.secrets = secrets_of(args, "secret");
  settings.app = settings::read_app(args, "token");
  if (!settings.app) settings.token = args.secret("token");
  settings.repos = hook::repositories_of(args, "repos");
  settings.url = hook::address_of(args, "url");
  settings.api = args.given("api")            ? hook::address_of(args, "api")
                 : settings.url == github_com ? "https://api.github.com/"
                                              : settings.url + "api/v3/";
  for (const std::string& event : args.strings("events").value_or(std::vector<std::string>{"runs"})) {
    bool* wanted = event == "runs"       ? &settings.runs
                   : event == "checks"   ? &settings.checks
                   : event == "statuses" ? &settings.statuses
                                         : nullptr;
    if (wanted == nullptr)
      args.fail("events", "must hold 'runs', 'checks' or 'statuses', not '" + event + "'");
    *wanted = true;
  }
  settings.every = hook::interval_of(args, "every", std::chrono::seconds(30));
  settings.verify = args.boolean("verify");
  return settings;
}

}  // namespace carillon::source::github
