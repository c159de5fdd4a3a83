#include "source/alertmanager/alertmanager.hpp"

#include "source/alertmanager/alertmanager_hook.hpp"
#include "source/credentials.hpp"
#include "source/hook/hook_source.hpp"
#include "source/hook/place.hpp"

namespace carillon::source::alertmanager {

settings::Schema schema() {
  settings::Schema schema;
  schema.name = "Alertmanager";
  schema.arguments = {
      hook::token_argument("token"),
      {.name = "url",
       .types = {settings::Type::string},
       .doc = "of the Alertmanager's pages; default: c['buildbotURL']"},
  };
  hook::add_shape_arguments(schema);
  return schema;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  hook::HookSource::Parts parts;
  parts.shape = hook::Shape::from(args, "alertmanager");
  parts.url = args.given("url") ? hook::address_of(args, "url") : environment.default_url;
  parts.dialect = std::make_shared<AlertmanagerHook>(tokens_of(args, "token"));
  parts.no_api = "it has no API that is asked: deliveries that are lost stay lost";
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::alertmanager
