#include "source/concourse/concourse.hpp"

#include "source/concourse/concourse_api.hpp"
#include "source/hook/hook_source.hpp"
#include "source/hook/place.hpp"

namespace carillon::source::concourse {

settings::Schema schema() {
  using settings::Type;
  using settings::Value;
  settings::Schema schema;
  schema.name = "Concourse";
  schema.arguments = {
      {.name = "url", .types = {Type::string}, .required = true, .doc = "of the server's pages"},
      {.name = "token", .types = {Type::secret}, .doc = "for the API, where one is made elsewhere"},
      {.name = "user", .types = {Type::string}, .doc = "a local user, instead of a token"},
      {.name = "password", .types = {Type::secret}, .doc = "of that user"},
      {.name = "teams", .types = {Type::strings}, .doc = "default: all that may be seen"},
      {.name = "every",
       .types = {Type::string, Type::integer},
       .fallback = Value{std::int64_t{30}},
       .doc = "how often it is asked, in seconds; at least 10"},
      {.name = "verify",
       .types = {Type::boolean},
       .fallback = Value{true},
       .doc = "the server's certificate"},
  };
  hook::add_shape_arguments(schema);
  return schema;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  ConcourseApi::Where where;
  where.url = hook::address_of(args, "url");
  where.token = args.secret("token");
  where.user = args.optional_string("user").value_or("");
  where.password = args.secret("password");
  if (where.user.empty() != where.password.empty()) args.fail("user", "and password go together");
  if (!where.user.empty() && !where.token.empty()) args.fail("token", "or user and password, not both");
  where.teams = args.strings("teams").value_or(std::vector<std::string>());
  where.verify = args.boolean("verify");
  hook::HookSource::Parts parts;
  parts.shape = hook::Shape::from(args, "concourse");
  parts.url = where.url;
  parts.every = hook::interval_of(args, "every", std::chrono::seconds(10));
  parts.api = std::make_shared<ConcourseApi>(std::move(where), environment.http, environment.clock);
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::concourse
