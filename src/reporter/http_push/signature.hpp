// Signatures of posts, as Standard Webhooks (version 1.0.0, symmetric) has them: whoever has the key can tell
// that a post is ours, whole and new.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace carillon::reporter::http_push {

// The bytes of a key that is written as base64 of 24 to 64 bytes, usually after "whsec_". Empty: it is none.
Secret signing_key(const Secret& text);

// The key of a delivery as the id of a message: the same at every attempt. Of letters, digits and -_:/#@=+%
// only, so that it fits into a header and has no "." in which a receiver could see the end of it; at most 600
// bytes.
std::string message_id(std::string_view delivery_key);

// The signature of one attempt: over id, time and body.
class Signature {
 public:
  // key: of signing_key(), not empty. timestamp: seconds since the epoch. Throws std::runtime_error when
  // OpenSSL cannot do it.
  Signature(const Secret& key, std::string_view id, std::int64_t timestamp);
  ~Signature();
  Signature(const Signature&) = delete;
  Signature& operator=(const Signature&) = delete;

  // Of the body.
  void add(std::string_view piece);
  // Of the header, "v1,..."; once, at the end.
  std::string value();

 private:
  struct Mac;
  std::unique_ptr<Mac> mac_;
};

}  // namespace carillon::reporter::http_push
