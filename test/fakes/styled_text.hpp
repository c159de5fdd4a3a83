// A bot's text out of any bytes, for fuzz targets.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "chat/text.hpp"

namespace carillon::test {

// The bytes FF part the spans, whose styles take turns, beginning with `style`.
inline chat::Text styled_text(std::string_view bytes, unsigned style) {
  chat::Text text;
  for (; !bytes.empty(); ++style) {
    const auto end = std::min(bytes.find('\xff'), bytes.size());
    const std::string_view piece = bytes.substr(0, end);
    const std::string url = "https://bell.example.org/" + std::string(piece.substr(0, 40));
    if (style % 6 == 0) text.plain(piece);
    if (style % 6 == 1) text.bold(piece);
    if (style % 6 == 2) text.code(piece);
    if (style % 6 == 3) text.link(piece, url);
    if (style % 6 == 4) text.outcome(Results::failure);
    if (style % 6 == 5) text.italic(piece);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return text;
}

}  // namespace carillon::test
