#include "access/jwt.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>

#include <algorithm>

#include "base/digest.hpp"

namespace carillon::access {
namespace {

constexpr std::size_t half_of_es256 = 32;  // bytes
constexpr std::size_t shortest_rsa = 256;  // bytes
constexpr std::size_t longest_rsa = 1024;
constexpr std::size_t most_keys = 50;
constexpr std::string_view rs256 = "RS256";
constexpr std::string_view es256 = "ES256";

template <auto release>
struct Release {
  template <class Thing>
  void operator()(Thing* thing) const {
    release(thing);
  }
};
template <class Thing, auto release>
using Owned = std::unique_ptr<Thing, Release<release>>;
using Number = Owned<BIGNUM, BN_free>;
using Builder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(octets_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::string decoded(const json::object& object, std::string_view name) {
  const auto text = string_at(object, name);
  return text ? base64_url_decode(*text).value_or("") : "";
}

// Null: OpenSSL makes no key of it.
std::shared_ptr<EVP_PKEY> public_key(const char* kind, const Builder& builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
    return nullptr;
  return {key, EVP_PKEY_free};
}

std::optional<json::object> object_in(std::string_view encoded) {
  const auto text = base64_url_decode(encoded);
  if (!text) return std::nullopt;
  boost::system::error_code error;
  json::value value = json::parse(*text, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

// A signature of ES256 has two numbers side by side; OpenSSL wants them in DER.
std::string in_der(std::string_view both) {
  if (both.size() != 2 * half_of_es256) return {};
  const Owned<ECDSA_SIG, ECDSA_SIG_free> signature(ECDSA_SIG_new());
  Number r = number_of(both.substr(0, half_of_es256));
  Number s = number_of(both.substr(half_of_es256));
  if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();  // NOLINT(bugprone-unused-return-value): the signature's now
  (void)s.release();  // NOLINT(bugprone-unused-return-value)
  unsigned char* made = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &made);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(made), static_cast<std::size_t>(size));
  OPENSSL_free(made);
  return der;
}

bool is_signed_by(EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  return !signature.empty() && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), octets_of(signature), signature.size(), octets_of(text),
                          text.size()) == 1;
}

bool is_for(const json::object& claims, std::string_view client_id) {
  const json::value* audience = claims.if_contains("aud");
  if (audience == nullptr) return false;
  if (audience->is_string()) return audience->get_string() == client_id;
  if (!audience->is_array()) return false;
  const json::array& all = audience->get_array();
  const bool among = std::ranges::any_of(
      all, [&](const json::value& one) { return one.is_string() && one.get_string() == client_id; });
  // For several it has to say who asked for it.
  return among && (all.size() == 1 || string_at(claims, "azp") == client_id);
}

}  // namespace

Result<Jwt> Jwt::parse(std::string_view text) {
  if (text.size() > longest_jwt) return rejected("the token is too long");
  const auto first = text.find('.');
  const auto last = text.rfind('.');
  if (first == std::string_view::npos || last == first || text.find('.', first + 1) != last)
    return rejected("what came is no signed token: it has not three parts");
  auto header = object_in(text.substr(0, first));
  auto claims = object_in(text.substr(first + 1, last - first - 1));
  auto signature = base64_url_decode(text.substr(last + 1));
  if (!header || !claims || !signature)
    return rejected("what came is no signed token: a part cannot be read");
  return Jwt{std::move(*header), std::move(*claims), std::string(text.substr(0, last)),
             std::move(*signature)};
}

JsonWebKeys::Key JsonWebKeys::rsa_key(const json::object& jwk) {
  const std::string modulus = decoded(jwk, "n");
  const std::string exponent = decoded(jwk, "e");
  if (modulus.size() < shortest_rsa || modulus.size() > longest_rsa || exponent.empty() ||
      exponent.size() > 8)
    return nullptr;
  const Number n = number_of(modulus);
  const Number e = number_of(exponent);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || !n || !e || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  return public_key("RSA", builder);
}

JsonWebKeys::Key JsonWebKeys::elliptic_key(const json::object& jwk) {
  const std::string x = decoded(jwk, "x");
  const std::string y = decoded(jwk, "y");
  if (string_at(jwk, "crv") != "P-256" || x.size() != half_of_es256 || y.size() != half_of_es256)
    return nullptr;
  const std::string point = "\x04" + x + y;
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1)
    return nullptr;
  return public_key("EC", builder);
}

Result<JsonWebKeys> JsonWebKeys::parse(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return rejected("the issuer's keys are no JSON object");
  const json::array* all = array_at(value.get_object(), "keys");
  if (all == nullptr) return rejected("the issuer's keys have no list 'keys'");
  JsonWebKeys made;
  for (const json::value& one : *all) {
    if (!one.is_object() || made.keys_.size() >= most_keys) continue;
    const json::object& jwk = one.get_object();
    const std::string kind = text_at(jwk, "kty");
    if (text_at(jwk, "use") == "enc") continue;
    const std::string_view algorithm = kind == "RSA" ? rs256 : kind == "EC" ? es256 : std::string_view();
    if (algorithm.empty()) continue;
    if (const auto said = string_at(jwk, "alg"); said && *said != algorithm) continue;
    if (Key key = algorithm == rs256 ? rsa_key(jwk) : elliptic_key(jwk))
      made.keys_.push_back({text_at(jwk, "kid"), std::string(algorithm), std::move(key)});
  }
  if (made.keys_.empty())
    return rejected("none of the issuer's keys can be used: RSA of 2048 bits, or P-256, are known");
  return made;
}

bool JsonWebKeys::unknown_key(const Jwt& token) const {
  const auto id = string_at(token.header, "kid");
  return id && std::ranges::none_of(keys_, [&](const Entry& entry) { return entry.id == *id; });
}

Result<void> JsonWebKeys::verify(const Jwt& token) const {
  const std::string algorithm = text_at(token.header, "alg");
  if (algorithm != rs256 && algorithm != es256)
    return rejected("the token is signed in a way that is not taken here: RS256 and ES256 are");
  if (token.header.contains("crit")) return rejected("the token asks for what is not known here (crit)");
  const std::string signature = algorithm == es256 ? in_der(token.signature) : token.signature;
  const auto id = string_at(token.header, "kid");
  for (const Entry& entry : keys_) {
    if (entry.algorithm != algorithm || (id && entry.id != *id)) continue;
    if (is_signed_by(entry.key.get(), token.signed_part, signature)) return ok();
  }
  return rejected(unknown_key(token) ? "the token is signed with a key that its issuer does not publish"
                                     : "the token's signature is not that of its issuer");
}

Result<void> judge_claims(const json::object& claims, const Expected& expected) {
  if (string_at(claims, "iss") != expected.issuer) return rejected("the token is of another issuer");
  if (!is_for(claims, expected.client_id)) return rejected("the token is for another client");
  if (const auto party = string_at(claims, "azp"); party && *party != expected.client_id)
    return rejected("the token was asked for by another client");
  if (!equal_secrets(text_at(claims, "nonce"), expected.nonce))
    return rejected("the token is of another login (nonce)");
  const auto expires = integer_at(claims, "exp");
  if (!expires) return rejected("the token does not say when it expires");
  if (*expires < expected.now - clock_skew)
    return rejected("the token has expired; do the clocks of both servers go right?");
  const auto made = integer_at(claims, "iat");
  if (!made) return rejected("the token does not say when it was made");
  const auto begins = integer_at(claims, "nbf").value_or(*made);
  if (std::max(*made, begins) > expected.now + clock_skew)
    return rejected("the token is from the future; do the clocks of both servers go right?");
  return ok();
}

}  // namespace carillon::access
