#include "source/cctray/cctray.hpp"

#include "base/url.hpp"
#include "source/cctray/cctray_api.hpp"
#include "source/hook/hook_source.hpp"
#include "source/login.hpp"

namespace carillon::source::cctray {

settings::Schema schema() {
  using settings::Type;
  using settings::Value;
  settings::Schema schema;
  schema.name = "CCTray";
  schema.arguments = {
      {.name = "url",
       .types = {Type::string},
       .required = true,
       .doc = "of the feed: 'https://ci.example.org/cc.xml'"},
      {.name = "auth", .types = {Type::list}, .doc = "('user', password or token) to show it"},
      {.name = "every",
       .types = {Type::string, Type::integer},
       .fallback = Value{std::int64_t{60}},
       .doc = "how often it is looked at, in seconds; at least 15"},
      {.name = "verify",
       .types = {Type::boolean},
       .fallback = Value{true},
       .doc = "the server's certificate"},
  };
  hook::add_shape_arguments(schema);
  return schema;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  hook::HookSource::Parts parts;
  parts.shape = hook::Shape::from(args, "cctray");
  parts.shape.builds = hook::Granularity::run;  // a feed knows no jobs
  hook::Account::Access access;
  access.base = address_of(args, "url");
  access.headers = {{"Accept", "application/xml, text/xml"}, {"User-Agent", "carillon/" CARILLON_VERSION}};
  if (args.given("auth")) access.auth = login_of(args, "auth");
  access.verify = args.boolean("verify");
  const auto url = Url::parse(access.base);
  parts.url = std::string(url->scheme) + "://" + std::string(url->authority()) + "/";
  parts.api = std::make_shared<CCTrayApi>(environment.http, environment.clock, std::move(access));
  parts.every = hook::interval_of(args, "every", std::chrono::seconds(15));
  return std::make_shared<hook::HookSource>(std::move(parts), environment, args.where());
}

}  // namespace carillon::source::cctray
