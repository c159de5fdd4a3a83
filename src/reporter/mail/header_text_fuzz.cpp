// Header fields: whatever is in the text, it is one field of well-formed lines, and a reader gets the text
// back.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "reporter/mail/header_text.hpp"

namespace {

using namespace carillon;
using namespace carillon::reporter::mail;

// Lines of at most 998 octets, each after the first a continuation; no octet that ends one early.
void check_field(std::string_view field, bool ascii) {
  bool first = true;
  while (!field.empty()) {
    const auto end = field.find("\r\n");
    if (end == std::string_view::npos || end > 998) std::abort();
    const std::string_view line = field.substr(0, end);
    if (line.find("=?utf-8?") != std::string_view::npos && line.size() > 76) std::abort();
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) std::abort();
    if (!first && (!line.starts_with(' ') && !line.starts_with('\t'))) std::abort();
    if (!first && line.find_first_not_of(" \t") == std::string_view::npos)
      std::abort();  // would end the header
    for (const char c : line) {
      if (ascii && static_cast<unsigned char>(c) >= 0x80) std::abort();
    }
    first = false;
    field.remove_prefix(end + 2);
  }
  if (first) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_field(text_field("Subject", text), true);
  std::vector<Address> addresses;
  for (unsigned i = 0; i <= data[0] % 8U; ++i)
    addresses.push_back({std::string(text.substr(std::min<std::size_t>(i, text.size()))), "a@example.org"});
  check_field(address_field("To", addresses), true);
  check_field("Content-Type: text/plain" + parameter("filename", text) + "\r\n", true);
  if (valid_field_name(text) && text.find_first_of(": \r\n") != std::string_view::npos) std::abort();
  return 0;
}
