#include "reporter/github/app_token.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter::github {
namespace {

constexpr std::int64_t behind = 60;     // seconds that GitHub's clock may be behind ours
constexpr std::int64_t lasts = 9 * 60;  // GitHub takes ten minutes at most

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// Null when it is no RSA key. It never asks for a passphrase.
PrivateKey read_key(const Secret& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(
      BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())), BIO_free);
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  PrivateKey key(PEM_read_bio_PrivateKey(bytes.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
  if (key && EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) key.reset();
  return key;
}

std::string base64_url(std::string_view bytes) {
  std::string text = base64_encode(bytes);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  while (text.ends_with('='))
    text.pop_back();
  return text;
}

std::string sign(const Secret& pem, const std::string& text) {
  const PrivateKey key = read_key(pem);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  std::vector<unsigned char> signature;
  bool done = key && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1;
  signature.resize(size);
  done = done && EVP_DigestSign(context.get(), signature.data(), &size, bytes, text.size()) == 1;
  if (!done) throw std::runtime_error("OpenSSL cannot sign with the App's private key");
  return {reinterpret_cast<const char*>(signature.data()), size};
}

std::string number_or_text(const settings::Value& value) {
  if (const auto* number = value.as<std::int64_t>()) return std::to_string(*number);
  return plain_or_secret(value).value_or("");
}

class AppToken final : public settings::Object {
 public:
  AppToken(App app, std::string where, const Environment& environment, Wire wire, std::string base_url)
      : app_(std::move(app)),
        where_(std::move(where)),
        env_(environment),
        wire_(std::move(wire)),
        base_url_(std::move(base_url)) {}

  // Not by exchange(): with debug=True that would log the answer, which is the token.
  Task<json::value> call(std::string_view, json::array, std::string_view) override {
    const std::int64_t now = env_.clock.now() / 1000;
    http::Request request;
    request.method = "POST";
    request.url = base_url_ + "/app/installations/" + app_.installation + "/access_tokens";
    request.headers.emplace_back("Accept", "application/vnd.github.v3+json, application/json");
    request.headers.emplace_back("Authorization", "Bearer " + app_jwt(app_, now));
    request.verify = wire_.verify;
    const auto response = co_await env_.http.request(std::move(request));
    if (!response) co_return failed(response);
    if (const auto judged = http::judge(*response, now); !judged) {
      Failure failure = judged.error();
      failure.what = "asking for the installation's token: " + failure.what;
      co_return failed(std::move(failure));
    }
    boost::system::error_code error;
    const json::value answer = json::parse(response->body, error);
    const auto token = !error && answer.is_object() ? string_at(answer.get_object(), "token") : std::nullopt;
    if (!token) co_return unreachable("asking for the installation's token: the answer holds none");
    co_return json::value(json::string(*token));
  }

  json::value attribute(std::string_view) const override { return nullptr; }
  bool overrides(std::string_view) const override { return false; }
  std::string where() const override { return where_; }
  bool is(settings::Role role) const override { return role == settings::Role::callable; }
  std::string describe() const override { return "a GitHub App"; }

 private:
  App app_;
  std::string where_;
  Environment env_;
  Wire wire_;
  std::string base_url_;
};

}  // namespace

std::optional<App> read_app(const settings::Arguments& args, std::string_view argument) {
  const auto* dict = args.at(argument).as<settings::Dict>();
  if (dict == nullptr) return std::nullopt;
  App app;
  for (std::size_t i = 0; i < dict->keys.size(); ++i) {
    const std::string name = plain_or_secret(dict->keys[i]).value_or("");
    const std::string value = number_or_text(dict->values[i]);
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
  if (!read_key(app.key))
    args.fail(argument, "its private_key is not an RSA key in PEM without a passphrase");
  return app;
}

std::string app_jwt(const App& app, std::int64_t now) {
  json::object claims;
  claims["iat"] = now - behind;
  claims["exp"] = now + lasts;
  claims["iss"] = app.id;
  const std::string text =
      base64_url(R"({"alg":"RS256","typ":"JWT"})") + "." + base64_url(json::serialize(claims));
  return text + "." + base64_url(sign(app.key, text));
}

settings::ObjectPtr make_app_token(App app, std::string where, const Environment& environment, Wire wire,
                                   std::string base_url) {
  return std::make_shared<AppToken>(std::move(app), std::move(where), environment, std::move(wire),
                                    std::move(base_url));
}

}  // namespace carillon::reporter::github
