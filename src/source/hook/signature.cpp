#include "source/hook/signature.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/credentials.hpp"
#include "transport/http.hpp"

namespace carillon::source::hook {
namespace {

constexpr std::size_t most_signatures = 10;

const unsigned char* unsigned_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string hmac(const EVP_MD* kind, std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(kind, key.data(), static_cast<int>(key.size()), unsigned_bytes(bytes), bytes.size(), digest.data(),
       &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

// Null: it is none that is known.
const EVP_MD* digest_of(std::string_view name) {
  return name == "sha256"   ? EVP_sha256()
         : name == "sha384" ? EVP_sha384()
         : name == "sha512" ? EVP_sha512()
                            : nullptr;
}

// Whether any secret makes this digest of the bytes.
template <class Encode>
bool is_digest_of(std::string_view shown, std::string_view bytes, const Secrets& secrets, Encode encode) {
  bool right = false;
  for (const Secret& secret : secrets)
    right |= equal_secrets(shown, encode(hmac_sha256(secret.reveal(), bytes)));
  return right;
}

std::optional<std::int64_t> moment_within(std::string_view text, std::int64_t now) {
  if (!is_digits(text) || text.size() > 12) return std::nullopt;
  const std::int64_t moment = std::strtoll(std::string(text).c_str(), nullptr, 10);
  if (std::abs(moment - now) > clock_tolerance) return std::nullopt;
  return moment;
}

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// Null: it is none.
Key rsa_key_of(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  Key key(PEM_read_bio_PUBKEY(bytes.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (key && EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) key.reset();
  return key;
}

// The value of "name=value" in a list; quotes around it are taken off.
std::string_view parameter(std::string_view list, std::string_view name) {
  for (std::string_view part : words_of(list, ",")) {
    part = trim(part);
    if (!part.starts_with(name) || part.size() <= name.size() || part[name.size()] != '=') continue;
    part.remove_prefix(name.size() + 1);
    if (part.size() >= 2 && part.front() == '"' && part.back() == '"') part = part.substr(1, part.size() - 2);
    return part;
  }
  return {};
}

}  // namespace

bool signed_in_hex(std::string_view shown, std::string_view prefix, std::string_view body,
                   const Secrets& secrets) {
  if (!shown.starts_with(prefix)) return false;
  return is_digest_of(shown.substr(prefix.size()), body, secrets, hex_encode);
}

std::size_t digest_bytes(std::string_view digest) {
  const EVP_MD* kind = digest_of(digest);
  return kind == nullptr ? 0 : static_cast<std::size_t>(EVP_MD_get_size(kind));
}

bool may_be_signed(const web::Head& head, const SignedHeader& by) {
  const std::size_t bytes = digest_bytes(by.digest);
  const std::string_view shown = header(head, by.header);
  const std::size_t size = by.in_base64 ? (bytes + 2) / 3 * 4 : bytes * 2;
  return bytes > 0 && shown.starts_with(by.prefix) && shown.size() == by.prefix.size() + size;
}

bool is_signed(const web::Head& head, const SignedHeader& by, std::string_view body, const Secrets& secrets) {
  if (!may_be_signed(head, by)) return false;
  std::string shown(header(head, by.header).substr(by.prefix.size()));
  if (!by.in_base64) {
    std::ranges::transform(shown, shown.begin(),
                           [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c; });
  }
  bool right = false;
  for (const Secret& secret : secrets) {
    const std::string bytes = hmac(digest_of(by.digest), secret.reveal(), body);
    right |= equal_secrets(shown, by.in_base64 ? base64_encode(bytes) : hex_encode(bytes));
  }
  return right;
}

bool signed_as_standard(const web::Head& head, std::string_view body, const Secrets& secrets,
                        std::int64_t now) {
  constexpr std::string_view encoded_key = "whsec_";
  const std::string_view id = header(head, "webhook-id");
  const std::string_view timestamp = header(head, "webhook-timestamp");
  if (id.empty() || !moment_within(timestamp, now)) return false;
  const std::string bytes = std::string(id) + "." + std::string(timestamp) + "." + std::string(body);
  Secrets keys = secrets;
  for (const Secret& secret : secrets) {
    if (!secret.reveal().starts_with(encoded_key)) continue;
    if (auto key = base64_decode(std::string_view(secret.reveal()).substr(encoded_key.size())))
      keys.emplace_back(std::move(*key));
  }
  // Each digest is made once, however many are shown.
  std::vector<std::string> expected;
  for (const Secret& key : keys)
    expected.push_back("v1," + base64_encode(hmac_sha256(key.reveal(), bytes)));
  bool right = false;
  std::size_t looked_at = 0;
  for (const std::string_view shown : words_of(header(head, "webhook-signature"))) {
    if (!shown.starts_with("v1,")) continue;
    if (++looked_at > most_signatures) break;
    for (const std::string& one : expected)
      right |= equal_secrets(shown, one);
  }
  return right;
}

bool signed_as_circleci(const web::Head& head, std::string_view body, const Secrets& secrets) {
  return signed_in_hex(parameter(header(head, "circleci-signature"), "v1"), "", body, secrets);
}

bool signed_as_buildkite(const web::Head& head, std::string_view body, const Secrets& secrets,
                         std::int64_t now) {
  const std::string_view shown = header(head, "x-buildkite-signature");
  const std::string_view timestamp = parameter(shown, "timestamp");
  if (!moment_within(timestamp, now)) return false;
  return signed_in_hex(parameter(shown, "signature"), "", std::string(timestamp) + "." + std::string(body),
                       secrets);
}

bool signed_as_drone(const web::Head& head, std::string_view body, const Secrets& secrets, std::int64_t now) {
  const std::string_view shown = header(head, "signature");
  const std::string_view date = header(head, "date");
  const std::string_view digest = header(head, "digest");
  if (parameter(shown, "algorithm") != "hmac-sha256" || parameter(shown, "headers") != "date digest")
    return false;
  // How far the date is ahead; one that has passed is 0 ahead, seen from any later moment.
  const auto ahead = http::parse_retry_after(date, now);
  const auto behind = http::parse_retry_after(date, now - clock_tolerance);
  if (is_digits(date) || !ahead || ahead->count() > clock_tolerance || !behind || behind->count() == 0)
    return false;
  if (!equal_secrets(digest, "SHA-256=" + base64_encode(sha256(body)))) return false;
  const std::string bytes = "date: " + std::string(date) + "\ndigest: " + std::string(digest);
  return is_digest_of(parameter(shown, "signature"), bytes, secrets, base64_encode);
}

bool is_rsa_key(std::string_view pem) {
  return rsa_key_of(pem) != nullptr;
}

bool signed_by_rsa_sha1(std::string_view shown_base64, std::string_view payload, std::string_view key) {
  const auto signature = base64_decode(shown_base64);
  if (!signature || signature->empty()) return false;
  const Key parsed = rsa_key_of(key);
  if (!parsed) return false;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha1(), nullptr, parsed.get()) == 1 &&
         EVP_DigestVerify(context.get(), unsigned_bytes(*signature), signature->size(),
                          unsigned_bytes(payload), payload.size()) == 1;
}

}  // namespace carillon::source::hook
