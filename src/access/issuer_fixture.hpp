// An issuer for tests: keys, tokens that it signs, and its answers.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/json.hpp"

namespace carillon::access {

class TestKey {
 public:
  static TestKey rsa(const std::string& id, unsigned bits = 2048) {
    return {id, "RS256", EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits))};
  }
  static TestKey elliptic(const std::string& id) {
    return {id, "ES256", EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
  }

  json::object jwk() const {
    json::object made;
    made["kid"] = id_;
    made["use"] = "sig";
    made["kty"] = algorithm_ == "RS256" ? "RSA" : "EC";
    if (algorithm_ == "RS256") {
      made["n"] = number(OSSL_PKEY_PARAM_RSA_N, 0);
      made["e"] = number(OSSL_PKEY_PARAM_RSA_E, 0);
    } else {
      made["crv"] = "P-256";
      made["x"] = number(OSSL_PKEY_PARAM_EC_PUB_X, half);
      made["y"] = number(OSSL_PKEY_PARAM_EC_PUB_Y, half);
    }
    return made;
  }

  std::string token(const json::object& claims, json::object header = {}) const {
    if (!header.contains("alg")) header["alg"] = algorithm_;
    if (!header.contains("kid")) header["kid"] = id_;
    const std::string text =
        base64_url_encode(json::serialize(header)) + "." + base64_url_encode(json::serialize(claims));
    return text + "." + base64_url_encode(signature(text));
  }

 private:
  static constexpr int half = 32;

  TestKey(std::string id, std::string algorithm, EVP_PKEY* key)
      : id_(std::move(id)), algorithm_(std::move(algorithm)), key_(key, EVP_PKEY_free) {
    if (key == nullptr) throw std::runtime_error("OpenSSL makes no key");
  }

  static std::string bytes_of(const BIGNUM* number, int least) {
    std::string bytes(static_cast<std::size_t>(std::max(BN_num_bytes(number), least)), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    return bytes;
  }

  std::string number(const char* name, int least) const {
    BIGNUM* found = nullptr;
    if (EVP_PKEY_get_bn_param(key_.get(), name, &found) != 1) throw std::runtime_error("no such number");
    std::string text = base64_url_encode(bytes_of(found, least));
    BN_free(found);
    return text;
  }

  std::string signature(const std::string& text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
    std::vector<unsigned char> made(size);
    if (EVP_DigestSign(context.get(), made.data(), &size, bytes, text.size()) != 1)
      throw std::runtime_error("OpenSSL does not sign");
    if (algorithm_ == "RS256") return {reinterpret_cast<const char*>(made.data()), size};
    const unsigned char* der = made.data();
    ECDSA_SIG* both = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(size));
    std::string raw = bytes_of(ECDSA_SIG_get0_r(both), half) + bytes_of(ECDSA_SIG_get0_s(both), half);
    ECDSA_SIG_free(both);
    return raw;
  }

  std::string id_;
  std::string algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

inline std::string key_set(const std::vector<TestKey>& keys) {
  json::array all;
  for (const TestKey& key : keys)
    all.emplace_back(key.jwk());
  json::object made;
  made["keys"] = std::move(all);
  return json::serialize(made);
}

}  // namespace carillon::access
