// Data in the log: no byte of it ends a line, and programs read what was meant.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/log_line.hpp"
#include "base/visible.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string line = text_line("courier", text);
  if (!line.starts_with("courier: ")) std::abort();
  for (const char c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) std::abort();
  }
  if (visible(line) != line || visible(visible(text)) != visible(text)) std::abort();
  const std::string members = json_members(text, text);
  if (members.find_first_of("\r\n") != std::string::npos) std::abort();
  const json::value object = json::parse("{" + members + "}");
  if (string_at(object.get_object(), "message") != valid_utf8(text)) std::abort();
  if (string_at(object.get_object(), "part") != valid_utf8(text)) std::abort();
  return 0;
}
