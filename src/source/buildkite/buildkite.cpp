#include "source/buildkite/buildkite.hpp"

#include "source/buildkite/buildkite_api.hpp"
#include "source/buildkite/buildkite_hook.hpp"
#include "source/buildkite/settings.hpp"
#include "source/hook/hook_source.hpp"

namespace carillon::source::buildkite {

settings::Schema schema() {
  using settings::Type;
  using settings::Value;
  settings::Schema schema;
  schema.name = "Buildkite";
  schema.arguments = {
      {.name = "secret",
       .types = {Type::secret, Type::list},
       .required = true,
       .doc = "the webhook's token, whether it is sent or signs; of a list any one"},
      {.name = "token",
       .types = {Type::secret},
       .doc = "for the API (read_builds), which is asked for what hooks lost, and for jobs"},
      {.name = "organization", .types = {Type::string}, .doc = "its slug; needed for the API"},
      {.name = "pipelines",
       .types = {Type::strings},
       .doc = "slugs like 'app' or 'app-*'; default: whatever is signed"},
      {.name = "keep",
       .types = {Type::strings},
       .doc = "names of meta-data and environment variables that become properties; the rest may be secret"},
      {.name = "api",
       .types = {Type::string},
       .fallback = Value{std::string("https://api.buildkite.com/")},
       .doc = "of Buildkite"},
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
  parts.url = "https://buildkite.com/";
  parts.dialect = std::make_shared<BuildkiteHook>(settings);
  if (!settings->token.empty())
    parts.api = std::make_shared<BuildkiteApi>(settings, environment.http, environment.clock);
  parts.every = settings->every;
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::buildkite
