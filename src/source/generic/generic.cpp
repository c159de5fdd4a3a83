#include "source/generic/generic.hpp"

#include "source/generic/generic_hook.hpp"
#include "source/generic/settings.hpp"
#include "source/hook/hook_source.hpp"

namespace carillon::source::generic {

settings::Schema schema() {
  using settings::Type;
  settings::Schema schema;
  schema.name = "Generic";
  schema.arguments = {
      {.name = "token",
       .types = {Type::secret, Type::list},
       .required = true,
       .doc = "of Authorization, or the key of hmac; of a list any one"},
      {.name = "mapping",
       .types = {Type::dict},
       .required = true,
       .doc = "fields of a build to places in the body: {'id': '$.run.id', 'results': '$.run.status'}"},
      {.name = "when",
       .types = {Type::dict},
       .doc = "which bodies are meant: {'$.type': ['finished', 'started']}"},
      {.name = "results",
       .types = {Type::dict},
       .doc = "the sender's words: {'broken': 'failure'}; others are known as CIs use them"},
      {.name = "hmac",
       .types = {Type::dict},
       .doc = "util.Hmac(header, algo, prefix, encoding): bodies are signed"},
  };
  hook::add_shape_arguments(schema);
  return schema;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  auto settings = std::make_shared<const Settings>(Settings::from(args));
  hook::HookSource::Parts parts;
  parts.shape = settings->shape;
  parts.url = environment.default_url;
  parts.dialect = std::make_shared<GenericHook>(settings);
  parts.no_api = "it has no API that is asked: deliveries that are lost stay lost";
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::generic
