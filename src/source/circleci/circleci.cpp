#include "source/circleci/circleci.hpp"

#include "source/circleci/circleci_api.hpp"
#include "source/circleci/circleci_hook.hpp"
#include "source/circleci/settings.hpp"
#include "source/hook/hook_source.hpp"

namespace carillon::source::circleci {

settings::Schema schema() {
  using settings::Type;
  using settings::Value;
  settings::Schema schema;
  schema.name = "CircleCI";
  schema.arguments = {
      {.name = "secret",
       .types = {Type::secret, Type::list},
       .required = true,
       .doc = "of the webhook; of a list any one"},
      {.name = "token",
       .types = {Type::secret},
       .doc = "for the API, which is asked for what hooks lost, and for starts"},
      {.name = "projects",
       .types = {Type::strings},
       .doc = "slugs like 'github/acme/app' or 'github/acme/*'; default: whatever is signed"},
      {.name = "url",
       .types = {Type::string},
       .fallback = Value{std::string("https://circleci.com/")},
       .doc = "of a CircleCI server"},
      {.name = "every",
       .types = {Type::string, Type::integer},
       .fallback = Value{std::int64_t{300}},
       .doc = "how often the API is asked, in seconds; at least 30"},
      {.name = "verify", .types = {Type::boolean}, .fallback = Value{true}, .doc = "the API's certificate"},
  };
  hook::add_shape_arguments(schema);
  return schema;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  auto settings = std::make_shared<const Settings>(Settings::from(args));
  hook::HookSource::Parts parts;
  parts.shape = settings->shape;
  parts.url = settings->web;
  parts.dialect = std::make_shared<CircleCIHook>(settings);
  if (!settings->token.empty())
    parts.api = std::make_shared<CircleCIApi>(settings, environment.http, environment.clock);
  parts.every = settings->every;
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::circleci
