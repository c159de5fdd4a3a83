#include "source/travis/travis.hpp"

#include "source/hook/hook_source.hpp"
#include "source/hook/signature.hpp"
#include "source/travis/travis_hook.hpp"

namespace carillon::source::travis {

settings::Schema schema() {
  using settings::Type;
  using settings::Value;
  settings::Schema schema;
  schema.name = "Travis";
  schema.arguments = {
      {.name = "repos",
       .types = {Type::strings},
       .required = true,
       .doc = "'acme/app' or 'acme/*': Travis signs for everybody who uses it"},
      {.name = "public_key",
       .types = {Type::string},
       .doc = "in PEM, that Travis signs with; default: what its API says, asked once a day"},
      {.name = "api",
       .types = {Type::string},
       .fallback = Value{std::string("https://api.travis-ci.com/")},
       .doc = "of Travis, which tells the key; of an own one 'https://travis.example.org/api/'"},
      {.name = "verify", .types = {Type::boolean}, .fallback = Value{true}, .doc = "the API's certificate"},
  };
  hook::add_shape_arguments(schema);
  return schema;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  Settings settings;
  settings.shape = hook::Shape::from(args, "travis");
  settings.repos = hook::repositories_of(args, "repos");
  if (!settings.repos || settings.repos->empty())
    args.fail("repos", "must name a repository: Travis signs for everybody who uses it");
  settings.public_key = args.optional_string("public_key").value_or("");
  if (!settings.public_key.empty() && !hook::is_rsa_key(settings.public_key))
    args.fail("public_key", "must be a public RSA key in PEM: -----BEGIN PUBLIC KEY-----...");
  settings.api = hook::address_of(args, "api");
  settings.verify = args.boolean("verify");
  hook::HookSource::Parts parts;
  parts.shape = settings.shape;
  parts.url = "https://app.travis-ci.com/";
  parts.dialect = std::make_shared<TravisHook>(std::move(settings), environment.http);
  parts.no_api = "it has no API that is asked: deliveries that are lost stay lost";
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::travis
