#include "source/circleci/settings.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "source/credentials.hpp"
#include "source/hook/place.hpp"

namespace carillon::source::circleci {

std::string slug_of(std::string_view written) {
  if (written.starts_with("gh/")) return "github/" + std::string(written.substr(3));
  if (written.starts_with("bb/")) return "bitbucket/" + std::string(written.substr(3));
  return std::string(written);
}

bool is_slug(std::string_view text) {
  constexpr std::size_t parts = 3;
  const auto words = words_of(text, "/");
  return words.size() == parts && std::ranges::count(text, '/') == parts - 1 &&
         std::ranges::all_of(words, [](std::string_view word) {
           return word != "." && word != ".." && hook::key_part(word) == word;
         });
}

Settings Settings::from(const settings::Arguments& args) {
  constexpr std::string_view cloud = "https://circleci.com/";
  Settings settings;
  settings.shape = hook::Shape::from(args, "circleci");
  settings.secrets = secrets_of(args, "secret");
  settings.token = args.secret("token");
  if (auto projects = args.strings("projects")) {
    settings.projects.emplace();
    for (const std::string& project : *projects) {
      std::string without_stars = slug_of(project);
      settings.projects->push_back(without_stars);
      std::ranges::replace(without_stars, '*', 'x');
      if (!is_slug(without_stars))
        args.fail("projects",
                  "must hold slugs like 'github/acme/app' or 'github/acme/*', not '" + project + "'");
    }
  }
  const std::string url = hook::address_of(args, "url");
  settings.api = url + "api/v2/";
  settings.web = url == cloud ? "https://app.circleci.com/" : url;
  settings.every = hook::interval_of(args, "every", std::chrono::seconds(30));
  settings.verify = args.boolean("verify");
  return settings;
}

bool Settings::wants(std::string_view slug) const {
  return !projects ||
         std::ranges::any_of(*projects, [&](const std::string& pattern) { return matches(pattern, slug); });
}

}  // namespace carillon::source::circleci
