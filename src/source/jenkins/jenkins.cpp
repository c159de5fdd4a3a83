#include "source/jenkins/jenkins.hpp"

#include "source/hook/hook_source.hpp"
#include "source/jenkins/jenkins_api.hpp"
#include "source/jenkins/jenkins_hook.hpp"
#include "source/jenkins/settings.hpp"

namespace carillon::source::jenkins {

settings::Schema schema() {
  using settings::Type;
  using settings::Value;
  settings::Schema schema;
  schema.name = "Jenkins";
  schema.arguments = {
      {.name = "url",
       .types = {Type::string},
       .required = true,
       .doc = "of Jenkins: 'https://jenkins.example.org/'"},
      {.name = "token",
       .types = {Type::secret, Type::list},
       .doc = "what the hook's sender must show; of a list any one. Default: no hook, it is polled"},
      {.name = "auth",
       .types = {Type::list},
       .doc =
           "('user', API token) to poll with; default: with a token not polled, else by nobody; bots start "
           "and stop builds with it (Job/Build, Job/Cancel)"},
      {.name = "jobs",
       .types = {Type::strings},
       .doc = "paths of jobs: 'team/app/main' or 'team/*'; default: all"},
      {.name = "keep",
       .types = {Type::strings},
       .doc = "names of parameters that become properties; default: none, as they may be secret"},
      {.name = "every",
       .types = {Type::string, Type::integer},
       .fallback = Value{std::int64_t{60}},
       .doc = "how often it is polled, in seconds; at least 30"},
      {.name = "verify", .types = {Type::boolean}, .fallback = Value{true}, .doc = "Jenkins' certificate"},
  };
  hook::add_shape_arguments(schema);
  return schema;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  auto settings = std::make_shared<const Settings>(Settings::from(args));
  hook::HookSource::Parts parts;
  parts.shape = settings->shape;
  parts.url = settings->url;
  if (!settings->tokens.empty()) parts.dialect = std::make_shared<JenkinsHook>(settings);
  if (settings->polls) {
    auto api = std::make_shared<JenkinsApi>(settings, environment.http, environment.clock);
    parts.api = api;
    if (settings->auth) parts.starter = std::move(api);
  }
  parts.no_starter =
      "'" + settings->shape.source +
      "' starts nothing: sources.Jenkins needs auth=('user', API token) of a user who may Job/Build";
  parts.no_api = "without auth= it is not asked: deliveries that are lost stay lost";
  parts.every = settings->every;
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::jenkins
