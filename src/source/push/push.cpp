#include "source/push/push.hpp"

#include "base/encoding.hpp"
#include "settings/error.hpp"
#include "source/push/endpoint.hpp"

namespace carillon::source::push {
namespace {

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |=
        static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b.empty() ? 0 : b[i % b.size()]);
  }
  return difference == 0;
}

bool has_scheme(std::string_view authorization, std::string_view scheme) {
  if (authorization.size() < scheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if ((static_cast<unsigned char>(authorization[i]) | 0x20U) != static_cast<unsigned char>(scheme[i]))
      return false;
  }
  return true;
}

}  // namespace

namespace {

std::vector<Secret> tokens_of(const settings::Arguments& args) {
  const auto* list = args.at("token").as<settings::List>();
  if (list == nullptr) return {args.secret("token")};
  std::vector<Secret> tokens;
  for (const settings::Value& item : *list) {
    const auto* token = item.as<Secret>();
    if (token == nullptr) args.fail("token", "must hold strings or util.Secret(...), not " + describe(item));
    tokens.push_back(*token);
  }
  return tokens;
}

}  // namespace

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
       .doc = "base of links to builds that bring none; default: c['buildbotURL']"},
      {.name = "builders",
       .types = {Type::strings},
       .doc = "the only ones that they may report; * stands for anything"},
      {.name = "repositories", .types = {Type::strings}, .doc = "the same for repositories, and projects"},
  };
  return schema;
}

Push::Push(const settings::Arguments& args, const Environment& environment)
    : name_(args.name().empty() ? "push" : args.name()),
      url_(args.optional_string("url").value_or(environment.default_url)),
      tokens_(tokens_of(args)),
      grants_{args.strings("builders"), args.strings("repositories")},
      environment_(environment) {
  if (tokens_.empty()) args.fail("token", "is an empty list, so nobody could post builds");
  for (const Secret& token : tokens_) {
    if (token.empty()) args.fail("token", "is empty, so anybody could post builds");
  }
  if (!environment.serves)
    throw settings::ConfigError(args.where() +
                                ": sources.Push needs c['www']['port']: nothing could be posted");
  if (url_.empty() || url_.back() != '/') url_ += '/';
  if (environment.journal) posted_.emplace(name_, url_, environment.journal);
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
  constexpr std::string_view bearer = "bearer ";
  constexpr std::string_view basic = "basic ";
  std::string pair;
  std::string_view shown;
  if (has_scheme(authorization, bearer)) {
    shown = authorization.substr(bearer.size());
  } else if (has_scheme(authorization, basic)) {
    pair = base64_decode(authorization.substr(basic.size())).value_or("");
    const auto colon = pair.find(':');
    if (colon == std::string::npos) return false;
    shown = std::string_view(pair).substr(colon + 1);
  } else {
    return false;
  }
  bool right = false;
  for (const Secret& token : tokens_)
    right |= equal_in_constant_time(shown, token.reveal());
  return right;
}

}  // namespace carillon::source::push
