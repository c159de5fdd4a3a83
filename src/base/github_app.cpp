#include "base/github_app.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "base/digest.hpp"
#include "base/json.hpp"

namespace carillon {
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

}  // namespace

bool is_rsa_key(const Secret& pem) {
  return read_key(pem) != nullptr;
}

std::string app_jwt(const GitHubApp& app, std::int64_t now) {
  json::object claims;
  claims["iat"] = now - behind;
  claims["exp"] = now + lasts;
  claims["iss"] = app.id;
  const std::string text =
      base64_url_encode(R"({"alg":"RS256","typ":"JWT"})") + "." + base64_url_encode(json::serialize(claims));
  return text + "." + base64_url_encode(sign(app.key, text));
}

}  // namespace carillon
