#include "source/teamcity/teamcity.hpp"

#include "source/credentials.hpp"
#include "source/hook/hook_source.hpp"
#include "source/hook/place.hpp"
#include "source/teamcity/teamcity_api.hpp"
#include "source/teamcity/teamcity_hook.hpp"

namespace carillon::source::teamcity {

settings::Schema schema() {
  using settings::Type;
  using settings::Value;
  settings::Schema schema;
  schema.name = "TeamCity";
  schema.arguments = {
      hook::token_argument("secret"),
      {.name = "token",
       .types = {Type::secret},
       .doc = "for the API, which is asked for what hooks lost or leave out"},
      {.name = "url", .types = {Type::string}, .required = true, .doc = "of the server's pages"},
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
  hook::HookSource::Parts parts;
  parts.shape = hook::Shape::from(args, "teamcity");
  parts.url = hook::address_of(args, "url");
  parts.dialect = std::make_shared<TeamCityHook>(tokens_of(args, "secret"));
  parts.every = hook::interval_of(args, "every", std::chrono::seconds(30));
  if (const Secret token = args.secret("token"); !token.empty()) {
    parts.api = std::make_shared<TeamCityApi>(parts.url, token, args.boolean("verify"), environment.http,
                                              environment.clock);
  }
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::teamcity
