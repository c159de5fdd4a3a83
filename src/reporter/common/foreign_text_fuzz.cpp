// Whatever a build brings along: no mention is left, nothing else is lost, and twice is as good as once.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/letters.hpp"
#include "reporter/common/foreign_text.hpp"

namespace {

constexpr std::string_view zero_width = "\u200b";

std::string stripped(std::string text) {
  for (auto at = text.find(zero_width); at != std::string::npos; at = text.find(zero_width, at))
    text.erase(at, zero_width.size());
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string broken = reporter::without_mentions(text);
  if (reporter::without_mentions(broken) != broken) std::abort();
  if (stripped(text) != stripped(broken)) std::abort();
  if (broken.find("<!") != std::string::npos) std::abort();
  for (const std::string_view mention : {"@everyone", "@**all**", "&#64;x", "&#x40;x"}) {
    const auto at = broken.find(mention);
    if (at == std::string::npos) continue;
    const char before = at == 0 ? ' ' : lower(broken[at - 1]);
    const bool in_a_word = (before >= 'a' && before <= 'z') || (before >= '0' && before <= '9');
    if (mention.starts_with('&') || !in_a_word) std::abort();
  }
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error || !value.is_object()) return 0;
  reporter::drop_odd_links(value.get_object());
  if (reporter::has_odd_link(value.get_object())) std::abort();
  reporter::break_mentions(value);
  const json::value once = value;
  reporter::break_mentions(value);
  if (value != once) std::abort();
  return 0;
}
