#include "source/hydra/hydra.hpp"

#include "source/credentials.hpp"
#include "source/hook/hook_source.hpp"
#include "source/hook/place.hpp"
#include "source/hydra/hydra_hook.hpp"

namespace carillon::source::hydra {

settings::Schema schema() {
  settings::Schema schema;
  schema.name = "Hydra";
  schema.arguments = {
      hook::token_argument("token"),
      {.name = "url",
       .types = {settings::Type::string},
       .doc = "of Hydra's pages, for links to builds; without it there are none"},
  };
  hook::add_shape_arguments(schema);
  return schema;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  hook::HookSource::Parts parts;
  parts.shape = hook::Shape::from(args, "hydra");
  const std::string url = args.given("url") ? hook::address_of(args, "url") : "";
  parts.url = url.empty() ? environment.default_url : url;
  parts.dialect = std::make_shared<HydraHook>(tokens_of(args, "token"), url);
  parts.no_api = "it has no API that is asked: deliveries that are lost stay lost";
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::hydra
