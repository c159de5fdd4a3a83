#include "reporter/common/comment_text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include "base/encoding.hpp"

namespace carillon::reporter {
namespace {

constexpr std::size_t a_line = 40;  // characters of a section's text that are worth a section

// What could end the mark, or begin another, becomes %XX.
std::string quoted(std::string_view key) {
  return percent_encode(valid_utf8(key));
}

std::size_t count_chars(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string opening(Mark how) {
  return how == Mark::html_comment ? "<!-- carillon " : "[//]: # (carillon ";
}

std::string closing(Mark how) {
  return how == Mark::html_comment ? " -->" : ")";
}

struct Section {
  std::string name;  // quoted
  std::int64_t rank = 0;
  std::string text;
};

std::string section_mark(Mark how, const Section& section) {
  return opening(how) + "section " + section.name + " " + std::to_string(section.rank) + closing(how);
}

// Marks stand alone on their lines; the text of a section follows its mark.
std::vector<Section> sections_of(Mark how, std::string_view comment, std::string_view end_mark) {
  std::vector<Section> sections;
  const std::string begin = opening(how) + "section ";
  const std::string end = closing(how);
  while (!comment.empty()) {
    const auto newline = std::min(comment.find('\n'), comment.size());
    std::string_view line = comment.substr(0, newline);
    comment.remove_prefix(std::min(newline + 1, comment.size()));
    while (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line == end_mark) break;
    if (line.starts_with(begin) && line.ends_with(end)) {
      const std::string_view inner = line.substr(begin.size(), line.size() - begin.size() - end.size());
      const auto space = inner.find(' ');
      Section section;
      section.name = inner.substr(0, space);
      if (space != std::string_view::npos) {
        std::from_chars(inner.data() + space + 1, inner.data() + inner.size(), section.rank);
      }
      sections.push_back(std::move(section));
    } else if (!sections.empty()) {
      std::string& text = sections.back().text;
      text += line;
      text += '\n';
    }
  }
  for (Section& section : sections) {
    const auto last = section.text.find_last_not_of('\n');
    const auto first = section.text.find_first_not_of('\n');
    section.text = last == std::string::npos ? std::string() : section.text.substr(first, last - first + 1);
  }
  return sections;
}

// A line of the user's that looks like a mark of ours is not one.
std::string disarmed(Mark how, std::string_view text) {
  std::string out = valid_utf8(text);
  const std::string begin = opening(how);
  for (auto at = out.find(begin); at != std::string::npos; at = out.find(begin, at + begin.size() + 1))
    out.insert(at + 1, " ");
  return out;
}

void fit(Mark how, std::vector<Section>& sections, const std::string& fresh, std::string_view end_mark,
         std::size_t max_chars) {
  const auto length = [&](std::size_t most_of_each) {
    std::size_t sum = count_chars(end_mark);
    for (const Section& section : sections)  // and blank lines
      sum += count_chars(section_mark(how, section)) + 4 + std::min(count_chars(section.text), most_of_each);
    return sum;
  };
  // Where each could not have a line the oldest go, so that the others can say something; the new one last.
  const auto age = [&](const Section& section) { return std::pair(section.name == fresh, section.rank); };
  while (!sections.empty() && length(a_line) > max_chars)
    sections.erase(std::ranges::min_element(sections, {}, age));
  constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  for (std::size_t now = length(all); now > max_chars; now = length(all)) {
    auto longest = std::ranges::max_element(sections, {},
                                            [](const Section& section) { return count_chars(section.text); });
    const std::size_t chars = count_chars(longest->text);
    const std::size_t excess = now - max_chars;
    longest->text =
        ellipsize(longest->text, std::max<std::size_t>(chars / 2, chars - std::min(chars - 1, excess)));
  }
}

}  // namespace

std::string mark(Mark how, std::string_view key) {
  return opening(how) + quoted(key) + closing(how);
}

bool has_mark(Mark how, std::string_view comment, std::string_view key) {
  return comment.find(mark(how, key)) != std::string_view::npos;
}

std::string marked(Mark how, std::string_view text, std::string_view key, std::size_t max_chars) {
  const std::string end = "\n\n" + mark(how, key);
  return ellipsize(disarmed(how, text), max_chars - std::min(max_chars, count_chars(end))) + end;
}

std::optional<std::string> with_section(Mark how, std::string_view comment, std::string_view key,
                                        std::string_view name, std::int64_t rank, std::string_view text,
                                        std::size_t max_chars) {
  const std::string end_mark = mark(how, key);
  std::vector<Section> sections = sections_of(how, comment, end_mark);
  Section fresh;
  const std::string fresh_name = quoted(name);
  fresh.name = fresh_name;
  fresh.rank = rank;
  fresh.text = disarmed(how, text);
  const auto there = std::ranges::find(sections, fresh.name, &Section::name);
  if (there != sections.end()) {
    if (there->rank > rank) return std::nullopt;
    *there = std::move(fresh);
  } else {
    sections.insert(std::ranges::upper_bound(sections, fresh.name, {}, &Section::name), std::move(fresh));
  }
  fit(how, sections, fresh_name, end_mark, max_chars);
  std::string out;
  for (const Section& section : sections)
    out += section_mark(how, section) + "\n\n" + section.text + "\n\n";
  return out + end_mark;
}

}  // namespace carillon::reporter
