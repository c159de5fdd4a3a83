#include "source/github/github.hpp"

#include "source/github/github_api.hpp"
#include "source/github/github_hook.hpp"
#include "source/github/settings.hpp"
#include "source/hook/hook_source.hpp"

namespace carillon::source::github {

settings::Schema schema() {
  using settings::Type;
  using settings::Value;
  settings::Schema schema;
  schema.name = "GitHub";
  schema.arguments = {
      {.name = "secret",
       .types = {Type::secret, Type::list},
       .required = true,
       .doc = "of the webhook; of a list any one"},
      {.name = "token",
       .types = {Type::secret, Type::dict},
       .doc = "for the API (actions: read), or a GitHubApp(...); it is asked for what hooks lost, jobs, and "
              "logs; bots start and stop runs with it (actions: write, contents: read)"},
      {.name = "repos",
       .types = {Type::strings},
       .doc = "'acme/app' or 'acme/*'; default: whatever is signed"},
      {.name = "url",
       .types = {Type::string},
       .fallback = Value{std::string("https://github.com/")},
       .doc = "of an Enterprise Server"},
      {.name = "api", .types = {Type::string}, .doc = "of its API; default: as url says"},
      {.name = "events",
       .types = {Type::strings},
       .doc = "'runs' (the default), 'checks', 'statuses': the latter two of other CIs"},
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
  parts.url = settings->url;
  parts.dialect = std::make_shared<GitHubHook>(settings);
  if (settings->asks()) {
    auto api = std::make_shared<GitHubApi>(settings, environment.http, environment.clock);
    parts.api = api;
    parts.starter = std::move(api);
  }
  parts.no_starter =
      "'" + settings->shape.source +
      "' starts nothing: sources.GitHub needs a token= that may write Actions and read Contents";
  parts.every = settings->every;
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::github
