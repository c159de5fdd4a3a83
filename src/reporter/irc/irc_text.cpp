#include "reporter/irc/irc_text.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/visible.hpp"
#include "reporter/irc/irc_line.hpp"

namespace carillon::reporter::irc {
namespace {

using chat::Span;
using Style = chat::Span::Style;

constexpr std::size_t least_octets = 32;
constexpr std::size_t longest_user = 10;
constexpr std::size_t longest_host = 63;
constexpr std::string_view entry_end = " | ";
constexpr char color_begin = '\x03';
constexpr char color_end = '\x0f';

// Buildbot's colours, by Results.
constexpr std::array<std::string_view, 7> colors = {"03", "08", "04", "12", "06", "11", "13"};

enum class Fate { keep, space, drop };

// Of a code point in UTF-8.
Fate fate_of(std::string_view character) {
  if (character == "\t" || character.front() == '\0') return Fate::space;
  switch (effect_of(character)) {
    case Effect::none:
      return Fate::keep;
    case Effect::line_end:
      return Fate::space;
    case Effect::control:
      break;
  }
  return Fate::drop;
}

std::string shown_url(std::string_view url) {
  std::string shown;
  for (const char c : harmless(url)) {
    if (c == ' ') {
      shown += "%20";
    } else {
      shown += c;
    }
  }
  return shown;
}

// The spans of each line.
std::vector<std::vector<Span>> split_lines(const chat::Text& text) {
  std::vector<std::vector<Span>> lines(1);
  for (const Span& span : text.spans()) {
    if (span.style != Style::plain) {
      lines.back().push_back(span);
      continue;
    }
    std::string_view rest = span.text;
    for (;;) {
      const auto end = rest.find('\n');
      lines.back().push_back({Style::plain, std::string(rest.substr(0, end)), "", std::nullopt, false});
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
      lines.emplace_back();
    }
  }
  return lines;
}

std::string colored(const Span& span, const Rendering& rendering) {
  std::string words = harmless(span.text);
  const auto index = span.results ? static_cast<std::size_t>(*span.results) : colors.size();
  // A coloured text is never parted; one that is no outcome in a few words is not coloured.
  if (!rendering.colors || index >= colors.size() || words.empty() || words.size() > least_octets - 4)
    return words;
  return color_begin + std::string(colors[index]) + words + color_end;
}

std::string render(const std::vector<Span>& spans, const Rendering& rendering) {
  const auto is_link = [](const Span& span) { return span.style == Style::link && !span.url.empty(); };
  const bool only_one = std::count_if(spans.begin(), spans.end(), is_link) == 1;
  std::string line;
  std::string end;
  for (const Span& span : spans) {
    line += span.style == Style::outcome ? colored(span, rendering) : harmless(span.text);
    if (!is_link(span)) continue;
    if (shown_url(span.url) == harmless(span.text)) continue;
    if (only_one) {
      end = shown_url(span.url);
    } else {
      line += " <" + shown_url(span.url) + ">";
    }
  }
  while (line.ends_with(' '))
    line.pop_back();
  if (!end.empty()) line += (line.empty() ? "" : " ") + end;
  return line;
}

// A character, or a coloured text from its code to the end of the colour.
std::string_view first_atom(std::string_view text) {
  if (text.front() != color_begin) return first_character(text);
  const auto end = text.find(color_end);
  return end == std::string_view::npos ? first_character(text) : text.substr(0, end + 1);
}

void wrap(std::string_view line, std::size_t most, std::vector<std::string>& lines) {
  while (line.size() > most) {
    std::size_t fits = 0;
    std::size_t after_space = 0;
    for (;;) {
      const std::string_view atom = first_atom(line.substr(fits));
      if (fits + atom.size() > most) {
        if (line[fits] == ' ') after_space = fits;
        break;
      }
      if (atom == " ") after_space = fits;
      fits += atom.size();
    }
    // A line that would be nearly empty because of a long word is filled with that word.
    const std::size_t cut = after_space > most / 4 ? after_space : fits;
    lines.emplace_back(line.substr(0, cut));
    line.remove_prefix(cut);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  }
  if (!line.empty()) lines.emplace_back(line);
}

}  // namespace

std::string harmless(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  each_character(text, [&](std::string_view character) {
    switch (fate_of(character)) {
      case Fate::keep:
        out += character;
        break;
      case Fate::space:
        out += ' ';
        break;
      case Fate::drop:
        break;
    }
  });
  return out;
}

std::vector<std::string> lines_of(const chat::Text& text, const Rendering& rendering) {
  std::vector<std::string> lines;
  for (const auto& spans : split_lines(text.without_mentions())) {
    const std::string line = render(spans, rendering);
    if (line.find_first_not_of(' ') == std::string::npos) continue;
    const std::size_t most = std::max(rendering.most_octets, least_octets);
    if (rendering.pack && !lines.empty() && lines.back().size() + entry_end.size() + line.size() <= most) {
      lines.back() += std::string(entry_end) + line;
    } else {
      wrap(line, most, lines);
    }
  }
  return lines;
}

std::size_t room_for(std::string_view command, std::string_view target, std::string_view nick,
                     std::string_view own_source) {
  // ~ before a user that was not looked up
  const std::size_t source =
      own_source.empty() ? nick.size() + 2 + longest_user + 1 + longest_host : own_source.size();
  const std::size_t around = 1 + source + 1 + command.size() + 1 + target.size() + 2 + 2;
  return std::max(least_octets, max_line - std::min(max_line - 1, around));
}

}  // namespace carillon::reporter::irc
