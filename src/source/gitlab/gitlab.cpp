#include "source/gitlab/gitlab.hpp"

#include "source/gitlab/gitlab_api.hpp"
#include "source/gitlab/gitlab_hook.hpp"
#include "source/gitlab/settings.hpp"
#include "source/hook/hook_source.hpp"

namespace carillon::source::gitlab {

settings::Schema schema() {
  using settings::Type;
  using settings::Value;
  settings::Schema schema;
  schema.name = "GitLab";
  schema.arguments = {
      {.name = "secret",
       .types = {Type::secret, Type::list},
       .doc = "the webhook's secret token; of a list any one"},
      {.name = "signing",
       .types = {Type::secret, Type::list},
       .doc = "the webhook's signing token, beside or instead of secret; of a list any one"},
      {.name = "token",
       .types = {Type::secret},
       .doc =
           "for the API (read_api), which is asked for what hooks lost, tests, and logs; bots start and stop "
           "pipelines with it (api, role Developer)"},
      {.name = "url",
       .types = {Type::string},
       .required = true,
       .doc = "of the server: 'https://gitlab.com/' or one's own"},
      {.name = "projects",
       .types = {Type::strings},
       .doc = "'team/app' or 'team/*'; default: whatever shows the secret"},
      {.name = "children",
       .types = {Type::boolean},
       .fallback = Value{true},
       .doc = "whether child pipelines are builds, too"},
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
  parts.dialect = std::make_shared<GitLabHook>(settings);
  if (!settings->token.empty()) {
    auto api = std::make_shared<GitLabApi>(settings, environment.http, environment.clock);
    parts.api = api;
    parts.starter = std::move(api);
  }
  parts.no_starter =
      "'" + settings->shape.source +
      "' starts nothing: sources.GitLab needs a token= with the scope api and the role Developer";
  parts.every = settings->every;
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::gitlab
