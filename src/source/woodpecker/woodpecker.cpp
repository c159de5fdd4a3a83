#include "source/woodpecker/woodpecker.hpp"

#include "source/hook/hook_source.hpp"
#include "source/woodpecker/woodpecker_api.hpp"

namespace carillon::source::woodpecker {

settings::Schema schema() {
  using settings::Type;
  using settings::Value;
  settings::Schema schema;
  schema.name = "Woodpecker";
  schema.arguments = {
      {.name = "url", .types = {Type::string}, .required = true, .doc = "of the server's pages"},
      {.name = "token", .types = {Type::secret}, .required = true, .doc = "of a user, for the API"},
      {.name = "repos",
       .types = {Type::strings},
       .doc = "'acme/app' or 'acme/*'; default: all that the user may see"},
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
  WoodpeckerApi::Where where;
  where.url = hook::address_of(args, "url");
  where.token = args.secret("token");
  if (where.token.empty()) args.fail("token", "is empty");
  where.repos = hook::repositories_of(args, "repos");
  where.verify = args.boolean("verify");
  hook::HookSource::Parts parts;
  parts.shape = hook::Shape::from(args, "woodpecker");
  parts.url = where.url;
  parts.every = hook::interval_of(args, "every", std::chrono::seconds(10));
  parts.api = std::make_shared<WoodpeckerApi>(std::move(where), environment.http, environment.clock);
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::woodpecker
