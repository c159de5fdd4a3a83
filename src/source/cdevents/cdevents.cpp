#include "source/cdevents/cdevents.hpp"

#include "source/cdevents/cdevents_hook.hpp"
#include "source/cdevents/settings.hpp"
#include "source/hook/hook_source.hpp"

namespace carillon::source::cdevents {

settings::Schema schema() {
  using settings::Type;
  using settings::Value;
  settings::Schema schema;
  schema.name = "CDEvents";
  schema.arguments = {
      {.name = "token",
       .types = {Type::secret, Type::list},
       .doc = "what senders must show: as Bearer, as Basic password, or as last part of the address; of a "
              "list any one"},
      {.name = "hmac",
       .types = {Type::secret, Type::list},
       .doc = "of signatures by Standard Webhooks (whsec_...); of a list any one"},
      {.name = "tests",
       .types = {Type::boolean},
       .fallback = Value{true},
       .doc = "whether tests that belong to no run are builds of their own"},
      {.name = "origins",
       .types = {Type::strings},
       .doc = "who may ask to be let in (WebHook-Request-Origin): 'eventgrid.azure.net'; * stands for "
              "anything"},
  };
  hook::add_shape_arguments(schema);
  return schema;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  auto settings = std::make_shared<const Settings>(Settings::from(args));
  hook::HookSource::Parts parts;
  parts.shape = settings->shape;
  parts.url = environment.default_url;
  parts.dialect = std::make_shared<CDEventsHook>(settings);
  parts.no_api = "it has no API that is asked: deliveries that are lost stay lost";
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::cdevents
