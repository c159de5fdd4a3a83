#include "source/gitea/gitea.hpp"

#include "source/gitea/gitea_api.hpp"
#include "source/gitea/gitea_hook.hpp"
#include "source/gitea/settings.hpp"
#include "source/hook/hook_source.hpp"

namespace carillon::source::gitea {

settings::Schema schema() {
  using settings::Type;
  using settings::Value;
  settings::Schema schema;
  schema.name = "Gitea";
  schema.arguments = {
      {.name = "secret",
       .types = {Type::secret, Type::list},
       .required = true,
       .doc = "of the webhook; of a list any one"},
      {.name = "token",
       .types = {Type::secret},
       .doc = "for the API (read:repository), which is asked for what hooks lost, jobs, and logs; bots start "
              "and "
              "stop runs with it (write:repository)"},
      {.name = "url", .types = {Type::string}, .required = true, .doc = "of the server's pages"},
      {.name = "repos",
       .types = {Type::strings},
       .doc = "'acme/app' or 'acme/*'; default: whatever is signed"},
      {.name = "events",
       .types = {Type::strings},
       .doc = "'runs' (the default), 'statuses': those that other CIs set"},
      {.name = "every",
       .types = {Type::string, Type::integer},
       .fallback = Value{std::int64_t{300}},
       .doc = "how often the API is asked, in seconds; at least 30"},
      {.name = "verify", .types = {Type::boolean}, .fallback = Value{true}, .doc = "the API's certificate"},
  };
  hook::add_shape_arguments(schema);
  return schema;
}

settings::Schema forgejo_schema() {
  settings::Schema same = schema();
  same.name = "Forgejo";
  return same;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  auto settings = std::make_shared<const Settings>(Settings::from(args));
  hook::HookSource::Parts parts;
  parts.shape = settings->shape;
  parts.url = settings->url;
  parts.dialect = std::make_shared<GiteaHook>(settings);
  if (!settings->token.empty()) {
    auto api = std::make_shared<GiteaApi>(settings, environment.http, environment.clock);
    parts.api = api;
    parts.starter = std::move(api);
  }
  parts.no_starter = "'" + settings->shape.source + "' starts nothing: sources." +
                     std::string(args.class_name()) + " needs a token= with the scope write:repository";
  parts.every = settings->every;
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::gitea
