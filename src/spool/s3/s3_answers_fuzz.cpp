// Whatever a server may answer: values that keep their promises, or a failure, never a crash.
#include <cstddef>
#include <cstdint>

#include "spool/s3/answers.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::spool::s3;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto objects = read_objects(text)) {
    for (const Object& object : objects->list)
      if (object.key.empty()) __builtin_trap();
  }
  if (const auto uploads = read_uploads(text)) {
    for (const Upload& upload : uploads->list)
      if (upload.key.empty() || upload.id.empty()) __builtin_trap();
  }
  if (const auto id = read_upload_id(text); id && id->empty()) __builtin_trap();
  static_cast<void>(read_completed(text));
  const Refusal refusal = read_refusal(text);
  for (const std::string* line : {&refusal.code, &refusal.message, &refusal.region})
    if (line->find_first_of("\r\n") != std::string::npos || line->size() > 1000) __builtin_trap();
  return 0;
}
