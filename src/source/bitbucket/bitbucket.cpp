#include "source/bitbucket/bitbucket.hpp"

#include "source/bitbucket/bitbucket_hook.hpp"
#include "source/credentials.hpp"
#include "source/hook/hook_source.hpp"

namespace carillon::source::bitbucket {

settings::Schema schema() {
  using settings::Type;
  settings::Schema schema;
  schema.name = "Bitbucket";
  schema.arguments = {
      {.name = "secret",
       .types = {Type::secret, Type::list},
       .required = true,
       .doc = "of the webhook; of a list any one"},
      {.name = "repos",
       .types = {Type::strings},
       .doc = "'acme/app' or 'acme/*'; default: whatever is signed"},
  };
  hook::add_shape_arguments(schema);
  return schema;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  hook::HookSource::Parts parts;
  parts.shape = hook::Shape::from(args, "bitbucket");
  parts.url = "https://bitbucket.org/";
  parts.dialect =
      std::make_shared<BitbucketHook>(secrets_of(args, "secret"), hook::repositories_of(args, "repos"));
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::bitbucket
