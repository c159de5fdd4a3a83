#include "master/push/push.hpp"

#include "base/encoding.hpp"

namespace carillon::master::push {
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

settings::Schema schema() {
  using settings::Type;
  settings::Schema schema;
  schema.name = "Push";
  schema.arguments = {
      {"token", {Type::secret}, true, {}, "what senders must show"},
      {"url",
       {Type::string},
       false,
       {},
       "base of links to builds that bring none; default: c['buildbotURL']"},
  };
  return schema;
}

Push::Push(const settings::Arguments& args, const std::string& default_url)
    : name_(args.name().empty() ? "push" : args.name()),
      url_(args.optional_string("url").value_or(default_url)),
      token_(args.secret("token")) {
  if (token_.empty()) args.fail("token", "is empty, so anybody could post builds");
  if (url_.empty() || url_.back() != '/') url_ += '/';
}

Task<json::value> Push::get(std::string path) {
  co_return rejected("builds were posted by '" + name_ + "', which cannot be asked for " + path);
}

asio::awaitable<void> Push::run(Sink&) {
  while (true)
    co_await sleep_for(std::chrono::hours(24));
}

bool Push::admits(std::string_view authorization) const {
  constexpr std::string_view bearer = "bearer ";
  constexpr std::string_view basic = "basic ";
  if (has_scheme(authorization, bearer)) {
    return equal_in_constant_time(authorization.substr(bearer.size()), token_.reveal());
  }
  if (!has_scheme(authorization, basic)) return false;
  const std::string pair = base64_decode(authorization.substr(basic.size())).value_or("");
  const auto colon = pair.find(':');
  return colon != std::string::npos &&
         equal_in_constant_time(std::string_view(pair).substr(colon + 1), token_.reveal());
}

}  // namespace carillon::master::push
