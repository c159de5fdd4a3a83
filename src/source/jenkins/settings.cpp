#include "source/jenkins/settings.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "source/credentials.hpp"
#include "source/login.hpp"

namespace carillon::source::jenkins {

Settings Settings::from(const settings::Arguments& args) {
  Settings settings;
  settings.shape = hook::Shape::from(args, "jenkins");
  settings.shape.builds = hook::Granularity::run;  // a build of Jenkins has no jobs
  settings.url = address_of(args, "url");
  if (settings.url.find('?') != std::string::npos) args.fail("url", "has a query, which Jenkins' has not");
  if (!settings.url.ends_with('/')) settings.url += '/';
  settings.tokens = tokens_of(args, "token");
  if (args.given("auth")) settings.auth = login_of(args, "auth");
  // Without either it is a Jenkins that everybody may read.
  settings.polls = settings.auth || settings.tokens.empty();
  settings.jobs = args.strings("jobs");
  settings.keep = args.strings("keep").value_or(std::vector<std::string>());
  settings.every = hook::interval_of(args, "every", std::chrono::seconds(30));
  settings.verify = args.boolean("verify");
  return settings;
}

bool Settings::wants(std::string_view job) const {
  if (!jobs) return true;
  return std::ranges::any_of(*jobs, [&](const std::string& pattern) { return matches(pattern, job); });
}

}  // namespace carillon::source::jenkins
