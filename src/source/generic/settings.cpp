#include "source/generic/settings.hpp"

#include <algorithm>

#include "source/credentials.hpp"

namespace carillon::source::generic {
namespace {

using hook::SignedHeader;

// util.Hmac(header, algo="sha256", prefix="", encoding="hex").
SignedHeader signed_header_of(const settings::Arguments& args, const settings::Value& value) {
  const auto* given = value.as<settings::Dict>();
  if (given == nullptr) args.fail("hmac", "must be a util.Hmac(...), not " + describe(value));
  SignedHeader made;
  for (std::size_t i = 0; i < given->keys.size(); ++i) {
    const auto* name = given->keys[i].as<std::string>();
    const auto* text = given->values[i].as<std::string>();
    if (name == nullptr || text == nullptr)
      args.fail("hmac", "must be util.Hmac(header, algo, prefix, encoding), all of them texts");
    if (*name == "header") {
      made.header = *text;
      std::ranges::transform(made.header, made.header.begin(),
                             [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    } else if (*name == "prefix") {
      made.prefix = *text;
    } else if (*name == "algo") {
      made.digest = *text;
      if (hook::digest_bytes(*text) == 0)
        args.fail("hmac", "algo must be 'sha256', 'sha384' or 'sha512', not '" + *text + "'");
    } else if (*name == "encoding" && (*text == "hex" || *text == "base64")) {
      made.in_base64 = *text == "base64";
    } else {
      args.fail("hmac", *name == "encoding" ? "encoding must be 'hex' or 'base64', not '" + *text + "'"
                                            : "knows no '" + *name + "'");
    }
  }
  if (made.header.empty()) args.fail("hmac", "header: which one has the signature?");
  return made;
}

}  // namespace

Settings Settings::from(const settings::Arguments& args) {
  Settings settings;
  settings.shape = hook::Shape::from(args, "generic");
  settings.tokens = tokens_of(args, "token");
  if (args.given("hmac") && lets_anybody_in(settings.tokens))
    args.fail("token", "cannot be sources.NoToken with hmac: it is the key");
  if (args.given("hmac")) settings.hmac = signed_header_of(args, args.at("hmac"));
  settings.mapping = Mapping::from(args);
  // A builder's name that the mapping has is the whole of it.
  if (settings.mapping.fields.contains("builder") && settings.shape.builder.empty())
    settings.shape.builder = "%(workflow)s";
  return settings;
}

}  // namespace carillon::source::generic
