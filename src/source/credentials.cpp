#include "source/credentials.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace carillon::source {
namespace {

bool has_scheme(std::string_view authorization, std::string_view scheme) {
  if (authorization.size() < scheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if ((static_cast<unsigned char>(authorization[i]) | 0x20U) != static_cast<unsigned char>(scheme[i]))
      return false;
  }
  return true;
}

}  // namespace

std::optional<std::string> shown_token(std::string_view authorization) {
  constexpr std::string_view bearer = "bearer ";
  constexpr std::string_view basic = "basic ";
  if (has_scheme(authorization, bearer)) return std::string(authorization.substr(bearer.size()));
  if (!has_scheme(authorization, basic)) return std::nullopt;
  const std::string pair = base64_decode(authorization.substr(basic.size())).value_or("");
  const auto colon = pair.find(':');
  if (colon == std::string::npos) return std::nullopt;
  return pair.substr(colon + 1);
}

bool is_one_of(std::string_view shown, const std::vector<Secret>& secrets) {
  bool right = false;
  for (const Secret& secret : secrets)
    right |= equal_secrets(shown, secret.reveal());
  return right;
}

bool lets_anybody_in(const std::vector<Secret>& tokens) {
  return tokens.size() == 1 && tokens.front().reveal() == no_token;
}

std::vector<Secret> tokens_of(const settings::Arguments& args, std::string_view argument) {
  if (!args.given(argument)) return {};
  std::vector<Secret> secrets;
  if (const auto* list = args.at(argument).as<settings::List>()) {
    for (const settings::Value& item : *list) {
      const auto* secret = item.as<Secret>();
      if (secret == nullptr)
        args.fail(argument, "must hold strings or util.Secret(...), not " + describe(item));
      secrets.push_back(*secret);
    }
    if (secrets.empty()) args.fail(argument, "is an empty list, so nobody could post builds");
  } else {
    secrets.push_back(args.secret(argument));
  }
  for (const Secret& secret : secrets) {
    if (secret.empty()) args.fail(argument, "is empty, so anybody could post builds");
    if (secret.reveal() == no_token && secrets.size() > 1)
      args.fail(argument, "holds sources.NoToken beside tokens, so anybody could post builds");
  }
  return secrets;
}

std::vector<Secret> secrets_of(const settings::Arguments& args, std::string_view argument) {
  std::vector<Secret> secrets = tokens_of(args, argument);
  if (lets_anybody_in(secrets)) args.fail(argument, "cannot be sources.NoToken here: a secret is needed");
  return secrets;
}

}  // namespace carillon::source
