#include "source/github/settings.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/url.hpp"
#include "source/credentials.hpp"

namespace carillon::source::github {
namespace {

constexpr std::string_view github_com = "https://github.com/";

std::string address(const settings::Arguments& args, std::string_view argument, std::string text) {
  const auto url = Url::parse(text);
  if (!url || !url->is_http() || !url->login.empty() || !url->query.empty() || !url->fragment.empty())
    args.fail(argument, "must be an address like https://github.example.org/, not '" + text + "'");
  if (!text.ends_with('/')) text += '/';
  return text;
}

}  // namespace

bool is_repository(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) return false;
  const auto plain = [](std::string_view part) {
    return part != "." && part != ".." && hook::key_part(part) == part;
  };
  return plain(text.substr(0, slash)) && plain(text.substr(slash + 1));
}

Settings Settings::from(const settings::Arguments& args) {
  Settings settings;
  settings.shape = hook::Shape::from(args, "github");
  settings.secrets = secrets_of(args, "secret");
  settings.token = args.secret("token");
  settings.repos = args.strings("repos");
  for (const std::string& repo : settings.repos.value_or(std::vector<std::string>())) {
    std::string without_stars = repo;
    std::ranges::replace(without_stars, '*', 'x');
    if (!is_repository(without_stars))
      args.fail("repos", "must hold names like 'acme/app' or 'acme/*', not '" + repo + "'");
  }
  settings.url = address(args, "url", args.string("url"));
  const auto api = args.optional_string("api");
  settings.api = api                          ? address(args, "api", *api)
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

bool Settings::wants(std::string_view repository) const {
  if (!repos) return true;
  return std::ranges::any_of(*repos,
                             [&](const std::string& pattern) { return matches(pattern, repository); });
}

}  // namespace carillon::source::github
