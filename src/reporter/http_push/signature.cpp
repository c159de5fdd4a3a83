#include "reporter/http_push/signature.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <stdexcept>

#include "base/encoding.hpp"
#include "reporter/common/http_exchange.hpp"

namespace carillon::reporter::http_push {
namespace {

constexpr std::string_view key_prefix = "whsec_";
constexpr std::size_t shortest_key = 24;
constexpr std::size_t longest_key = 64;
constexpr std::size_t longest_id = 200;

void must(bool done) {
  if (!done) throw std::runtime_error("OpenSSL cannot sign with HMAC-SHA256");
}

bool stays(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_:/#@=+").find(c) != std::string_view::npos;
}

}  // namespace

Secret signing_key(const Secret& text) {
  std::string_view written = text.reveal();
  if (written.starts_with(key_prefix)) written.remove_prefix(key_prefix.size());
  const auto bytes = base64_decode(written);
  if (!bytes || bytes->size() < shortest_key || bytes->size() > longest_key) return Secret();
  return Secret(*bytes);
}

std::string message_id(std::string_view delivery_key) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string id;
  for (const char c : delivery_key) {
    const auto byte = static_cast<unsigned char>(c);
    if (stays(c)) {
      id += c;
    } else {
      id += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return bounded_key(id, longest_id);
}

struct Signature::Mac {
  std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> method{EVP_MAC_fetch(nullptr, "HMAC", nullptr),
                                                           EVP_MAC_free};
  std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context{EVP_MAC_CTX_new(method.get()),
                                                                    EVP_MAC_CTX_free};
};

Signature::Signature(const Secret& key, std::string_view id, std::int64_t timestamp)
    : mac_(std::make_unique<Mac>()) {
  std::string digest = "SHA256";
  const std::array parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
      OSSL_PARAM_construct_end()};
  const auto* bytes = reinterpret_cast<const unsigned char*>(key.reveal().data());
  must(mac_->context != nullptr &&
       EVP_MAC_init(mac_->context.get(), bytes, key.reveal().size(), parameters.data()) == 1);
  add(id);
  add("." + std::to_string(timestamp) + ".");
}

Signature::~Signature() = default;

void Signature::add(std::string_view piece) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(piece.data());
  must(EVP_MAC_update(mac_->context.get(), bytes, piece.size()) == 1);
}

std::string Signature::value() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  std::size_t size = 0;
  must(EVP_MAC_final(mac_->context.get(), digest.data(), &size, digest.size()) == 1);
  return "v1," + base64_encode(std::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

}  // namespace carillon::reporter::http_push
