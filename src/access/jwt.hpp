// Signed tokens of OpenID Connect (JWT, JWS, JWK: RFC 7519, 7515, 7517), read strictly. Pure.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace carillon::access {

// Bytes of a token that is looked at.
inline constexpr std::size_t longest_jwt = std::size_t{64} << 10U;

struct Jwt {
  json::object header;
  json::object claims;
  // What is signed, and the signature as it is.
  std::string signed_part;
  std::string signature;

  // Rejected: it is none; the text shows nothing of it.
  static Result<Jwt> parse(std::string_view text);
};

// The public keys of an issuer. Those of kinds that are not known are left out.
class JsonWebKeys {
 public:
  // Rejected: it is no set of keys, or none of them can be used.
  static Result<JsonWebKeys> parse(std::string_view text);

  // Rejected: not signed by any of them with RS256 or ES256.
  Result<void> verify(const Jwt& token) const;
  std::size_t size() const { return keys_.size(); }

 private:
  using Key = std::shared_ptr<EVP_PKEY>;
  struct Entry {
    // May be empty.
    std::string id;
    // "RS256" or "ES256".
    std::string algorithm;
    Key key;
  };
  bool unknown_key(const Jwt& token) const;
  static Key rsa_key(const json::object& jwk);
  static Key elliptic_key(const json::object& jwk);

  std::vector<Entry> keys_;
};

// What a token has to say.
struct Expected {
  std::string issuer;
  std::string client_id;
  std::string nonce;
  // Seconds since the epoch.
  std::int64_t now = 0;
};
// How far clocks may be apart, in seconds.
inline constexpr std::int64_t clock_skew = 60;

// Rejected, with the reason: of another issuer, for another client, of another login, expired, from the
// future.
Result<void> judge_claims(const json::object& claims, const Expected& expected);

}  // namespace carillon::access
