// The documents that S3 sends and is sent, as values. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace carillon::spool::s3 {

// All of these fail (unreachable) on what is no such document.

struct Object {
  std::string key;
  // Bytes.
  std::uint64_t size = 0;
  // As it is sent back, with its quotes.
  std::string etag;
};
struct Objects {
  std::vector<Object> list;
  // Where to go on; empty: that was all.
  std::string next;
};
Result<Objects> read_objects(std::string_view xml);

// One in several parts that is not complete.
struct Upload {
  std::string key;
  std::string id;
  Millis begun = 0;
};
struct Uploads {
  std::vector<Upload> list;
  // Where to go on; both empty: that was all.
  std::string next_key, next_id;
};
Result<Uploads> read_uploads(std::string_view xml);

// Of one that was begun.
Result<std::string> read_upload_id(std::string_view xml);

// Whether one has become an object: this can fail although its status said that all is well.
Result<void> read_completed(std::string_view xml);
// What it is asked with: the parts' etags in their order.
std::string complete_text(const std::vector<std::string>& etags);

// Why something was refused. Texts are one line and short.
struct Refusal {
  // "NoSuchKey"; empty: the answer does not say.
  std::string code;
  std::string message;
  // That the bucket is in, where another one was named; else empty.
  std::string region;
};
Refusal read_refusal(std::string_view xml);

}  // namespace carillon::spool::s3
