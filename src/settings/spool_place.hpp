// What c['spool'] says of where long logs are.
#pragma once

#include <optional>
#include <string>

#include "base/secret.hpp"

namespace carillon::settings {

// A bucket of S3, or of a service that speaks as it does.
struct S3Bucket {
  // "https://HOST[:PORT]/BUCKET[/PREFIX]", without a '/' at its end; of characters that need no encoding.
  std::string url;
  std::string region;
  std::string access_key;
  Secret secret_key;
  // Certificate and host name.
  bool verify = true;
  friend bool operator==(const S3Bucket&, const S3Bucket&) = default;
};

// At most one of the two; neither: they are beside the database, or in it.
struct SpoolPlace {
  // A folder, absolute; empty: none.
  std::string dir;
  std::optional<S3Bucket> s3;
  friend bool operator==(const SpoolPlace&, const SpoolPlace&) = default;
};

}  // namespace carillon::settings
