#include "dashboard/html.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/url.hpp"
#include "base/visible.hpp"

namespace carillon::dashboard {
namespace {

// It stands on a page as it is: visible ASCII that is no markup.
bool is_plain(char c) {
  return c >= ' ' && c <= '~' && c != '<' && c != '>' && c != '&' && c != '"';
}

}  // namespace

Html text(std::string_view foreign) {
  Html out;
  if (std::ranges::all_of(foreign, is_plain)) {  // nearly all are, and a page has thousands
    out.text_ = foreign;
    return out;
  }
  std::string shown;
  each_character(foreign, [&](std::string_view character) {
    const Effect effect = effect_of(character);
    if (effect == Effect::control && character != "\t") {
      shown += '?';
    } else if (effect == Effect::line_end) {
      if (character != "\r") shown += '\n';
    } else if (const std::uint32_t letter = code_point(character); letter == 0xfffe || letter == 0xffff) {
      shown += "\ufffd";  // no XML may have them
    } else {
      shown += character;
    }
  });
  out.text_ = escape_html(shown);
  return out;
}

Html assembled(std::string_view pattern, std::initializer_list<Piece> pieces) {
  Html out;
  std::size_t size = pattern.size();
  for (const Piece& one : pieces)
    size += one.str().size();
  out.text_.reserve(size);
  const auto* piece = pieces.begin();
  while (true) {
    const auto place = pattern.find("{}");
    out.text_ += pattern.substr(0, place);
    if (place == std::string_view::npos) break;
    out.text_ += piece->str();
    ++piece;
    pattern.remove_prefix(place + 2);
  }
  return out;
}

Html foreign_link(std::string_view url, std::string_view words) {
  const auto parsed = Url::parse(url);
  if (!parsed || !parsed->is_http()) return text(words);
  return html(R"(<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>)", url, words);
}

}  // namespace carillon::dashboard
