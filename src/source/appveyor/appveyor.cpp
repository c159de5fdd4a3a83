#include "source/appveyor/appveyor.hpp"

#include "source/appveyor/appveyor_hook.hpp"
#include "source/credentials.hpp"
#include "source/hook/hook_source.hpp"
#include "source/hook/place.hpp"

namespace carillon::source::appveyor {

settings::Schema schema() {
  using settings::Type;
  settings::Schema schema;
  schema.name = "AppVeyor";
  schema.arguments = {
      hook::token_argument("secret"),
      {.name = "url",
       .types = {Type::string},
       .fallback = settings::Value{std::string("https://ci.appveyor.com/")},
       .doc = "of its pages"},
  };
  hook::add_shape_arguments(schema);
  return schema;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  hook::HookSource::Parts parts;
  parts.shape = hook::Shape::from(args, "appveyor");
  parts.url = hook::address_of(args, "url");
  parts.dialect = std::make_shared<AppVeyorHook>(tokens_of(args, "secret"));
  parts.no_api = "it has no API that is asked: deliveries that are lost stay lost";
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::appveyor
