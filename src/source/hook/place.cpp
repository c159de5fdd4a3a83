#include "source/hook/place.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/url.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::hook {

std::string address_of(const settings::Arguments& args, std::string_view argument) {
  std::string text = args.string(argument);
  const auto url = Url::parse(text);
  if (!url || !url->is_http() || !url->login.empty() || !url->query.empty() || !url->fragment.empty())
    args.fail(argument, "must be an address like https://ci.example.org/, not '" + text + "'");
  if (!text.ends_with('/')) text += '/';
  return text;
}

bool is_repository(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) return false;
  const auto plain = [](std::string_view part) {
    return part != "." && part != ".." && key_part(part) == part;
  };
  return plain(text.substr(0, slash)) && plain(text.substr(slash + 1));
}

Repositories repositories_of(const settings::Arguments& args, std::string_view argument) {
  Repositories repositories = args.strings(argument);
  for (const std::string& name : repositories.value_or(std::vector<std::string>())) {
    std::string without_stars = name;
    std::ranges::replace(without_stars, '*', 'x');
    if (!is_repository(without_stars))
      args.fail(argument, "must hold names like 'acme/app' or 'acme/*', not '" + name + "'");
  }
  return repositories;
}

bool wants(const Repositories& repositories, std::string_view name) {
  if (!repositories) return true;
  return std::ranges::any_of(*repositories,
                             [&](const std::string& pattern) { return matches(pattern, name); });
}

}  // namespace carillon::source::hook
