#include "source/push/push.hpp"

#include "settings/error.hpp"
#include "source/credentials.hpp"
#include "source/push/endpoint.hpp"

namespace carillon::source::push {

settings::Schema schema() {
  using settings::Type;
  settings::Schema schema;
  schema.name = "Push";
  schema.arguments = {
      {.name = "token",
       .types = {Type::secret, Type::list},
       .required = true,
       .doc = "what senders must show; of a list any one"},
      {.name = "url",
       .types = {Type::string},
       .doc = "of the Buildbot that has the pages of builds that bring no link; default: their pages here"},
      {.name = "builders",
       .types = {Type::strings},
       .doc = "the only ones that they may report; * stands for anything"},
      {.name = "repositories", .types = {Type::strings}, .doc = "the same for repositories, and projects"},
  };
  return schema;
}

namespace {

BuildPages pages_of_posted(const settings::Arguments& args, const Environment& environment) {
  BuildPages pages = environment.pages;
  if (const auto url = args.optional_string("url")) pages = {*url, false};
  if (!pages.base.ends_with('/')) pages.base += '/';
  return pages;
}

}  // namespace

Push::Push(const settings::Arguments& args, const Environment& environment)
    : name_(args.name().empty() ? "push" : args.name()),
      pages_(pages_of_posted(args, environment)),
      tokens_(secrets_of(args, "token")),
      grants_{args.strings("builders"), args.strings("repositories")},
      environment_(environment) {
  if (!environment.serves)
    throw settings::ConfigError(args.where() +
                                ": sources.Push needs c['www']['port']: nothing could be posted");
  if (environment.journal) posted_.emplace(name_, pages_.base, environment.journal);
}

std::vector<Endpoint> Push::endpoints(Sink& sink) {
  std::vector<Endpoint> all;
  all.push_back({"POST", "/ingest", ingest_route(shared_from_this(), environment_, sink)});
  return all;
}

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  return std::make_shared<Push>(args, environment);
}

bool Push::admits(std::string_view authorization) const {
  const auto shown = shown_token(authorization);
  return shown && is_one_of(*shown, tokens_);
}

}  // namespace carillon::source::push
