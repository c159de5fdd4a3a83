#include "settings/github_app.hpp"

#include "base/text.hpp"

namespace carillon::settings {
namespace {

// Also a util.Secret's.
std::string text_of(const Value& value) {
  if (const auto* number = value.as<std::int64_t>()) return std::to_string(*number);
  if (const auto* secret = value.as<Secret>()) return secret->reveal();
  const auto* text = value.as<std::string>();
  return text == nullptr ? std::string() : *text;
}

}  // namespace

std::optional<GitHubApp> read_app(const Arguments& args, std::string_view argument) {
  const auto* dict = args.at(argument).as<Dict>();
  if (dict == nullptr) return std::nullopt;
  GitHubApp app;
  for (std::size_t i = 0; i < dict->keys.size(); ++i) {
    const std::string name = text_of(dict->keys[i]);
    const std::string value = text_of(dict->values[i]);
    if (name == "app_id") {
      app.id = value;
    } else if (name == "installation_id") {
      app.installation = value;
    } else if (name == "private_key") {
      const auto* key = dict->values[i].as<Secret>();
      if (key == nullptr) args.fail(argument, "its private_key must be a util.Secret(...)");
      app.key = *key;
    } else {
      args.fail(argument, "knows app_id, installation_id and private_key, not '" + name + "'");
    }
  }
  if (app.id.empty() || app.key.empty() || !is_digits(app.installation))
    args.fail(argument, "of a GitHub App needs app_id, installation_id (a number) and private_key");
  if (!is_rsa_key(app.key))
    args.fail(argument, "its private_key is not an RSA key in PEM without a passphrase");
  return app;
}

}  // namespace carillon::settings
