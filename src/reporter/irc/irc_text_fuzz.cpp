// What is said on IRC: lines without line ends and control characters, as long as they may be, of whole
// characters.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "fakes/styled_text.hpp"
#include "reporter/irc/irc_text.hpp"

namespace {

using namespace carillon;
using namespace carillon::reporter::irc;

bool is_formatting(char c) {
  return c == '\x02' || c == '\x03' || c == '\x0f' || c == '\x1d' || c == '\x11' || c == '\x16' ||
         c == '\x1f';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string clean = harmless(input);
  if (valid_utf8(clean) != clean || harmless(clean) != clean) std::abort();
  for (const char c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) std::abort();
  }
  const chat::Text text = test::styled_text(input, data[0]);
  Rendering rendering;
  rendering.colors = (data[1] & 1) != 0;
  rendering.most_octets = 32 + data[1] * 2U;
  for (const std::string& line : lines_of(text, rendering)) {
    if (line.empty() || line.size() > rendering.most_octets) std::abort();
    if (valid_utf8(line) != line) std::abort();
    for (const char c : line) {
      const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
      if (control && !(rendering.colors && is_formatting(c))) std::abort();
    }
  }
  return 0;
}
