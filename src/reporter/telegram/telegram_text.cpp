#include "reporter/telegram/telegram_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/visible.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter::telegram {
namespace {

using chat::Span;

// Buildbot 2.5 has none for skipped builds.
std::string_view sign_of(Results results) {
  switch (results) {
    case Results::success:
      return "\u2705";
    case Results::warnings:
      return "\u26a0\ufe0f";
    case Results::failure:
      return "\u2757";
    case Results::skipped:
      return "\u23ed\ufe0f";
    case Results::exception:
      return "\u203c\ufe0f";
    case Results::retry:
      return "\U0001f504";
    case Results::cancelled:
      return "\U0001f6ab";
  }
  return "";
}

std::size_t length_at(std::string_view text, std::size_t at) {
  std::size_t length = 1;
  while (at + length < text.size() && (static_cast<std::uint8_t>(text[at + length]) & 0xC0U) == 0x80U)
    ++length;
  return length;
}

// What Telegram counts as nothing: blanks, and marks without a shape.
bool is_invisible(std::uint32_t code) {
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
  };
  constexpr std::array<Range, 13> ranges = {{{0, 0x20},
                                             {0x7F, 0xA0},
                                             {0xAD, 0xAD},
                                             {0x34F, 0x34F},
                                             {0x115F, 0x1160},
                                             {0x1680, 0x1680},
                                             {0x17B4, 0x17B5},
                                             {0x180E, 0x180E},
                                             {0x2000, 0x200F},
                                             {0x2028, 0x202F},
                                             {0x205F, 0x206F},
                                             {0x3000, 0x3000},
                                             {0xFEFF, 0xFEFF}}};
  return code == 0x3164 || code == 0x2800 || code == 0xFE0F || code == 0xFFA0 ||
         std::any_of(ranges.begin(), ranges.end(),
                     [code](const Range& range) { return code >= range.first && code <= range.last; });
}

bool is_visible(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = length_at(text, at);
    if (!is_invisible(code_point(text.substr(at, length)))) return true;
    at += length;
  }
  return false;
}

std::string cleaned(std::string_view text) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (c == '\r') continue;
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) {
      out += "\uFFFD";
    } else {
      out += c;
    }
  }
  return out;
}

std::string shown_words(const Span& span) {
  if (span.style != Span::Style::outcome || !span.results) return cleaned(span.text);
  const std::string_view sign = sign_of(*span.results);
  if (span.brief) return std::string(sign);
  // As in 2.5: its exclamation mark follows the word.
  return cleaned(span.text) + (*span.results == Results::failure ? "" : " ") + std::string(sign);
}

struct Tags {
  std::string open;
  std::string close;
};

Tags tags_of(const Span& span) {
  switch (span.style) {
    case Span::Style::bold:
      return {"<b>", "</b>"};
    case Span::Style::italic:
      return {"<i>", "</i>"};
    case Span::Style::code:
      return {"<code>", "</code>"};
    case Span::Style::link:
      if (!is_http_url(span.url)) return {};
      return {"<a href=\"" + escape_html(fold_to_line(valid_utf8(span.url))) + "\">", "</a>"};
    case Span::Style::plain:
    case Span::Style::outcome:
      return {};
  }
  return {};
}

// A stretch of the whole text in one style.
struct Run {
  std::size_t begin = 0;
  std::size_t end = 0;
  Tags tags;
};

// Where a message that begins at `begin` ends, and where the next one begins.
struct Cut {
  std::size_t end = 0;
  std::size_t next = 0;
};

Cut cut_at(std::string_view words, std::size_t begin, std::size_t most) {
  std::size_t end = begin;
  for (std::size_t units = 0; end < words.size();) {
    const std::size_t length = length_at(words, end);
    units += length == 4 ? 2 : 1;
    if (units > most) break;
    end += length;
  }
  if (end == words.size()) return {end, end};
  // A separator right after the last character that fits counts, too.
  const auto line = words.rfind('\n', end);
  if (line != std::string_view::npos && line > begin) return {line, line + 1};
  const auto blank = words.rfind(' ', end);
  if (blank != std::string_view::npos && blank > begin + (end - begin) / 2) return {blank, blank + 1};
  return {end, end};
}

Part render(std::string_view words, const std::vector<Run>& runs, const Cut& cut, std::size_t begin) {
  Part part;
  part.plain = words.substr(begin, cut.end - begin);
  for (const Run& run : runs) {
    const std::size_t from = std::max(run.begin, begin);
    const std::size_t to = std::min(run.end, cut.end);
    if (from >= to) continue;
    part.html += run.tags.open + escape_html(words.substr(from, to - from)) + run.tags.close;
  }
  return part;
}

}  // namespace

std::vector<Part> messages_of(const chat::Text& text, std::size_t most) {
  std::string words;
  std::vector<Run> runs;
  for (const Span& span : text.spans()) {
    const std::size_t begin = words.size();
    words += shown_words(span);
    runs.push_back({begin, words.size(), tags_of(span)});
  }
  std::vector<Part> parts;
  for (std::size_t begin = 0; begin < words.size();) {
    if (words[begin] == '\n') {
      ++begin;
      continue;
    }
    const Cut cut = cut_at(words, begin, most);
    Part part = render(words, runs, cut, begin);
    if (is_visible(part.plain)) parts.push_back(std::move(part));
    begin = cut.next;
  }
  return parts;
}

std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if ((byte & 0xC0U) != 0x80U) units += byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

std::string cut_units(std::string_view text, std::size_t most) {
  const std::string whole = cleaned(text);
  if (utf16_units(whole) <= most) return whole;
  std::size_t end = 0;
  for (std::size_t units = 1; end < whole.size();) {  // the ellipsis is one
    const std::size_t length = length_at(whole, end);
    units += length == 4 ? 2 : 1;
    if (units > most) break;
    end += length;
  }
  return whole.substr(0, end) + "\u2026";
}

}  // namespace carillon::reporter::telegram
