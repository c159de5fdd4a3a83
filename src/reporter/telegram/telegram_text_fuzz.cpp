// Messages for Telegram: within its limit, its entities well-formed, and the user's text in them as text.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "fakes/styled_text.hpp"
#include "reporter/telegram/telegram_text.hpp"

namespace {

using namespace carillon;
using namespace carillon::reporter::telegram;

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

// Without tags; checks that they are nested, and that there are no other entities than those of the four
// characters.
std::string unmarked(std::string_view html) {
  std::string out;
  std::vector<std::string> open;
  for (std::size_t i = 0; i < html.size(); ++i) {
    if (html[i] == '>') std::abort();
    if (html[i] != '<') {
      out += html[i];
      continue;
    }
    const auto end = html.find('>', i);
    if (end == std::string_view::npos) std::abort();
    std::string_view tag = html.substr(i + 1, end - i - 1);
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) std::abort();
      open.pop_back();
    } else {
      open.emplace_back(tag.substr(0, tag.find(' ')));
    }
    i = end;
  }
  if (!open.empty()) std::abort();
  std::string text = out;
  for (const auto& [entity, character] :
       {std::pair("&lt;", "<"), std::pair("&gt;", ">"), std::pair("&quot;", "\"")})
    text = replaced(std::move(text), entity, character);
  return replaced(std::move(text), "&amp;", "&");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t most = 16 + data[1];
  const std::string clean = valid_utf8(input);
  if (unmarked(escape_html(clean)) != clean) std::abort();
  const std::string cut = cut_units(clean, most);
  if (utf16_units(cut) > most || valid_utf8(cut) != cut) std::abort();
  const chat::Text text = test::styled_text(input, data[0]);
  for (const Part& part : messages_of(text, most)) {
    if (valid_utf8(part.html) != part.html || valid_utf8(part.plain) != part.plain) std::abort();
    if (part.plain.empty() || utf16_units(part.plain) > most) std::abort();
    if (utf16_units(unmarked(part.html)) > most) std::abort();
  }
  return 0;
}
