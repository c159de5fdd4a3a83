// The id of a message fits into a header and, unless it was cut, can be read back; a key has the size of one.
#include <charconv>
#include <cstdint>
#include <cstdlib>

#include "reporter/http_push/signature.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::reporter;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string id = http_push::message_id(input);
  if (id.size() > 200) std::abort();
  std::string back;
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (id[i] <= ' ' || id[i] >= 0x7F || id[i] == '.' || id[i] == '"' || id[i] == '\\') std::abort();
    if (id.size() == 200) continue;  // it may have been cut
    if (id[i] != '%') {
      back += id[i];
      continue;
    }
    unsigned byte = 0;
    if (i + 2 >= id.size()) std::abort();
    const auto [end, error] = std::from_chars(id.data() + i + 1, id.data() + i + 3, byte, 16);
    if (error != std::errc() || end != id.data() + i + 3) std::abort();
    back += static_cast<char>(byte);
    i += 2;
  }
  if (id.size() < 200 && back != input) std::abort();
  const carillon::Secret key = http_push::signing_key(carillon::Secret(std::string(input)));
  if (!key.empty() && (key.reveal().size() < 24 || key.reveal().size() > 64)) std::abort();
  if (!key.empty()) http_push::Signature(key, id, 1).add(input);
  return 0;
}
