#include "source/cdevents/settings.hpp"

#include "source/credentials.hpp"

namespace carillon::source::cdevents {

Settings Settings::from(const settings::Arguments& args) {
  Settings settings;
  settings.shape = hook::Shape::from(args, "cdevents");
  settings.tokens = tokens_of(args, "token");
  settings.signing = secrets_of(args, "hmac");
  if (settings.tokens.empty() && settings.signing.empty())
    args.fail("token", "or hmac is needed: else anybody could post builds");
  settings.tests = args.boolean("tests");
  settings.origins = args.strings("origins").value_or(std::vector<std::string>());
  return settings;
}

}  // namespace carillon::source::cdevents
