// How senders prove that a body is theirs. Pure; each comparison takes constant time over equal lengths.
//
// Bodies are the bytes as they came: they are checked before anything is made of them. Of several secrets any
// one is right. A shown signature of the wrong form or length is simply not right.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/secret.hpp"
#include "web/message.hpp"

namespace carillon::source::hook {

using Secrets = std::vector<Secret>;

using carillon::hmac_sha256;
using carillon::sha256;

// "757107ea...": HMAC-SHA256 of the body in hexadecimal. prefix: what stands before it ("sha256=").
bool signed_in_hex(std::string_view shown, std::string_view prefix, std::string_view body,
                   const Secrets& secrets);

// Moments that are signed along are within so many seconds of now.
inline constexpr std::int64_t clock_tolerance = 300;

// An HMAC of the body in a header, by the sender's choice.
struct SignedHeader {
  // In lower case.
  std::string header;
  // What stands before the signature.
  std::string prefix;
  // "sha256", "sha384" or "sha512".
  std::string digest = "sha256";
  // Else in hexadecimal.
  bool in_base64 = false;
};

// How long a digest is, in bytes; 0: it is none that is known.
std::size_t digest_bytes(std::string_view digest);
// Whether it has the form of a signature.
bool may_be_signed(const web::Head& head, const SignedHeader& by);
bool is_signed(const web::Head& head, const SignedHeader& by, std::string_view body, const Secrets& secrets);

// Standard Webhooks, as GitLab's signing tokens have it: webhook-id, webhook-timestamp, webhook-signature
// ("v1,<base64> v1,..."), over "id.timestamp.body". A secret that begins with "whsec_" is the key in base64;
// any other is tried as it is.
bool signed_as_standard(const web::Head& head, std::string_view body, const Secrets& secrets,
                        std::int64_t now);

// CircleCI: circleci-signature: "v1=<hex>[,v2=...]"; only v1 is known.
bool signed_as_circleci(const web::Head& head, std::string_view body, const Secrets& secrets);

// Buildkite: x-buildkite-signature: "timestamp=T,signature=<hex>", over "T.body".
bool signed_as_buildkite(const web::Head& head, std::string_view body, const Secrets& secrets,
                         std::int64_t now);

// Drone: Signature: keyId=...,algorithm="hmac-sha256",signature="<base64>",headers="date digest", with Date
// and Digest. It must cover both, and the digest must be that of the body.
bool signed_as_drone(const web::Head& head, std::string_view body, const Secrets& secrets, std::int64_t now);

// Travis: RSA with SHA-1 of the payload, in base64. key: in PEM; one that is none signs nothing.
bool signed_by_rsa_sha1(std::string_view shown_base64, std::string_view payload, std::string_view key);
// Whether it is one.
bool is_rsa_key(std::string_view pem);

}  // namespace carillon::source::hook
