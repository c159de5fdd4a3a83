#include "source/drone/drone.hpp"

#include "source/credentials.hpp"
#include "source/drone/drone_hook.hpp"
#include "source/hook/hook_source.hpp"

namespace carillon::source::drone {

settings::Schema schema() {
  using settings::Type;
  settings::Schema schema;
  schema.name = "Drone";
  schema.arguments = {
      {.name = "secret",
       .types = {Type::secret, Type::list},
       .required = true,
       .doc = "DRONE_WEBHOOK_SECRET; of a list any one"},
      {.name = "repos",
       .types = {Type::strings},
       .doc = "'acme/app' or 'acme/*'; default: whatever is signed"},
  };
  hook::add_shape_arguments(schema);
  return schema;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  auto settings = std::make_shared<Settings>();
  settings->shape = hook::Shape::from(args, "drone");
  settings->secrets = secrets_of(args, "secret");
  settings->repos = hook::repositories_of(args, "repos");
  hook::HookSource::Parts parts;
  parts.shape = settings->shape;
  parts.url = environment.default_url;
  parts.dialect = std::make_shared<DroneHook>(settings);
  parts.no_api = "it has no API that is asked: deliveries that are lost stay lost";
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::drone
