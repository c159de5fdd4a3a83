#include "source/ping/ping.hpp"

#include "source/ping/ping_source.hpp"
#include "source/ping/settings.hpp"

namespace carillon::source::ping {

settings::Schema schema() {
  using settings::Type;
  using settings::Value;
  settings::Schema schema;
  schema.name = "Ping";
  schema.arguments = {
      {.name = "key",
       .types = {Type::secret, Type::list},
       .required = true,
       .doc = "part of the address that jobs call; of a list any one"},
      {.name = "checks",
       .types = {Type::dict},
       .doc =
           "{'backup': util.Check(every='1d', grace='2h')}: what jobs are called, and how often they call"},
      {.name = "create",
       .types = {Type::boolean, Type::dict},
       .fallback = Value{false},
       .doc = "True or a util.Check: ?create=1 makes a check that is not known"},
  };
  hook::add_shape_arguments(schema);
  return schema;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  return std::make_shared<PingSource>(Settings::from(args), environment, args.where());
}

}  // namespace carillon::source::ping
