#include "base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/encoding.hpp"

namespace carillon {
namespace {

constexpr std::size_t random_size = 32;

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL cannot ") + what);
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  must(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1,
       "make a SHA-256");
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  must(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets(bytes), bytes.size(),
            digest.data(), &size) != nullptr,
       "make an HMAC");
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  must(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1,
       "make random bytes");
  return bytes;
}

std::string random_text() {
  return base64_url_encode(random_bytes(random_size));
}

bool equal_secrets(std::string_view shown, std::string_view expected) {
  unsigned difference = shown.size() == expected.size() ? 0 : 1;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    difference |= static_cast<unsigned char>(shown[i]) ^
                  static_cast<unsigned char>(expected.empty() ? 0 : expected[i % expected.size()]);
  }
  return difference == 0;
}

std::string base64_url_encode(std::string_view bytes) {
  std::string text = base64_encode(bytes);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  while (text.ends_with('='))
    text.pop_back();
  return text;
}

std::optional<std::string> base64_url_decode(std::string_view text) {
  std::string other(text);
  if (other.find_first_of("+/=") != std::string::npos) return std::nullopt;
  std::ranges::replace(other, '-', '+');
  std::ranges::replace(other, '_', '/');
  auto bytes = base64_decode(other);
  if (!bytes || base64_url_encode(*bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace carillon
