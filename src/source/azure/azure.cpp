#include "source/azure/azure.hpp"

#include "source/azure/azure_api.hpp"
#include "source/azure/azure_hook.hpp"
#include "source/azure/settings.hpp"
#include "source/hook/hook_source.hpp"

namespace carillon::source::azure {

settings::Schema schema() {
  using settings::Type;
  using settings::Value;
  settings::Schema schema;
  schema.name = "Azure";
  schema.arguments = {
      hook::token_argument("secret"),
      {.name = "token",
       .types = {Type::secret},
       .doc = "a personal access token (Build: read) for the API, which is asked for what hooks lost or "
              "leave out"},
      {.name = "url",
       .types = {Type::string},
       .required = true,
       .doc = "of the organisation: 'https://dev.azure.com/acme/'"},
      {.name = "projects", .types = {Type::strings}, .doc = "names; default: whatever hooks tell of"},
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
  auto names = std::make_shared<ProjectNames>();
  hook::HookSource::Parts parts;
  parts.shape = settings->shape;
  parts.url = settings->url;
  parts.dialect = std::make_shared<AzureHook>(settings, names);
  if (!settings->token.empty())
    parts.api = std::make_shared<AzureApi>(settings, names, environment.http, environment.clock);
  parts.every = settings->every;
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::azure
