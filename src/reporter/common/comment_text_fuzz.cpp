// Comments come back from services where anybody may have edited them.
#include <cstdint>
#include <cstdlib>

#include "base/encoding.hpp"
#include "reporter/common/comment_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::reporter;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr std::size_t limit = 500;
  for (const Mark how : {Mark::html_comment, Mark::link_definition}) {
    const auto edited = with_section(how, text, "key", "linux", 7, "new text", limit);
    if (edited) {
      if (!has_mark(how, *edited, "key")) std::abort();
      if (carillon::ellipsize(*edited, limit) != *edited) std::abort();
      // What it wrote it understands.
      const auto again = with_section(how, *edited, "key", "linux", 7, "new text", limit);
      if (!again || *again != *edited) std::abort();
    }
    const std::string made = marked(how, text, text, limit + size * 4);
    if (!has_mark(how, made, text)) std::abort();
  }
  return 0;
}
