#include "source/buildkite/settings.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "source/credentials.hpp"
#include "source/hook/place.hpp"

namespace carillon::source::buildkite {

bool is_slug(std::string_view text) {
  return text.find_first_not_of('.') != std::string_view::npos && hook::key_part(text) == text;
}

Settings Settings::from(const settings::Arguments& args) {
  Settings settings;
  settings.shape = hook::Shape::from(args, "buildkite");
  settings.secrets = secrets_of(args, "secret");
  settings.token = args.secret("token");
  settings.organization = args.optional_string("organization").value_or("");
  if (!settings.organization.empty() && !is_slug(settings.organization))
    args.fail("organization", "must be a slug like 'acme', not '" + settings.organization + "'");
  if (!settings.token.empty() && settings.organization.empty())
    args.fail("organization", "is needed where there is a token: the API asks for it");
  settings.pipelines = args.strings("pipelines");
  settings.keep = args.strings("keep").value_or(std::vector<std::string>());
  settings.api = hook::address_of(args, "api");
  settings.every = hook::interval_of(args, "every", std::chrono::seconds(30));
  settings.verify = args.boolean("verify");
  return settings;
}

bool Settings::wants(std::string_view slug) const {
  return !pipelines ||
         std::ranges::any_of(*pipelines, [&](const std::string& pattern) { return matches(pattern, slug); });
}

}  // namespace carillon::source::buildkite
