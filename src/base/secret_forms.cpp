#include "base/secret_forms.hpp"

#include <algorithm>
#include <optional>

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/text.hpp"
#include "base/visible.hpp"

namespace carillon {
namespace {

constexpr std::string_view stars = "***";
constexpr std::string_view ellipsis = "\u2026";
constexpr std::string_view no_character = "\ufffd";  // what became of a byte that is no UTF-8
constexpr std::size_t shortest_rest = 4;             // bytes of a secret that was cut
constexpr std::size_t shortest_part = 8;             // of a line or a part of a URL that counts alone
constexpr std::size_t shortest_base64 = 5;           // letters: shorter ones are words
constexpr std::size_t longest_escape = 10;           // bytes

// Also without NUL at both ends.
std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view blanks(" \t\r\n\0", 5);
  const auto begin = std::min(text.find_first_not_of(blanks), text.size());
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

bool breaks_line(char c) {
  return c == '\r' || c == '\n' || c == '\0';
}

std::optional<std::uint32_t> hex_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    const char c = lower(text[i]);
    if (c >= '0' && c <= '9') {
      value = value << 4U | static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = value << 4U | static_cast<std::uint32_t>(c - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

// What something else than itself may begin with.
bool is_special(char c) {
  return c == '%' || c == '\\' || c == '&' || c == '+' || c == ' ' || c == '\0' || !is_ascii(c);
}

// Each byte as "%XX" or "\xXX": where they end; 0: they are not there.
std::size_t end_of_bytes(std::string_view text, std::size_t at, std::string_view bytes,
                         std::string_view before) {
  for (const char c : bytes) {
    if (!text.substr(at).starts_with(before)) return 0;
    const auto value = hex_at(text, at + before.size(), 2);
    if (value != static_cast<std::uint8_t>(c)) return 0;
    at += before.size() + 2;
  }
  return at;
}

// "\n", "\"", "\u00e4", "\U0001f514": where it ends; 0: it is not there.
std::size_t end_of_escape(std::string_view text, std::size_t at, std::uint32_t code) {
  if (at + 1 >= text.size() || text[at] != '\\') return 0;
  constexpr std::string_view letters = "bfnrt0\"'\\/";
  constexpr std::string_view meant = std::string_view("\b\f\n\r\t\0\"'\\/", 10);
  const auto letter = letters.find(text[at + 1]);
  if (letter != std::string_view::npos && static_cast<unsigned char>(meant[letter]) == code) return at + 2;
  if (text[at + 1] == 'U') return hex_at(text, at + 2, 8) == code ? at + 10 : 0;
  if (text[at + 1] != 'u') return 0;
  if (code < 0x10000) return hex_at(text, at + 2, 4) == code ? at + 6 : 0;
  const bool second = at + 7 < text.size() && text[at + 6] == '\\' && text[at + 7] == 'u';
  if (!second || hex_at(text, at + 2, 4) != 0xD800U + ((code - 0x10000U) >> 10U)) return 0;
  return hex_at(text, at + 8, 4) == 0xDC00U + ((code - 0x10000U) & 0x3FFU) ? at + 12 : 0;
}

// "&amp;", "&#38;", "&#x26;": where it ends; 0: it is not there.
std::size_t end_of_entity(std::string_view text, std::size_t at, std::uint32_t code) {
  struct Named {
    std::string_view entity;
    std::uint32_t code;
  };
  constexpr std::array<Named, 5> names = {
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  const std::string_view rest = text.substr(at, 2 + 8 + 1 + 7);
  for (const Named& named : names) {
    if (named.code == code && rest.starts_with(named.entity)) return at + named.entity.size();
  }
  if (!rest.starts_with("&#")) return 0;
  const bool hexadecimal = rest.size() > 2 && lower(rest[2]) == 'x';
  const std::uint32_t base = hexadecimal ? 16 : 10;
  std::uint64_t value = 0;
  std::size_t i = hexadecimal ? 3 : 2;
  const std::size_t begin = i;
  for (; i < rest.size() && rest[i] != ';'; ++i) {
    const auto digit = hex_at(rest, i, 1);
    if (!digit || *digit >= base) return 0;
    value = value * base + *digit;
  }
  return i > begin && i < rest.size() && value == code ? at + i + 1 : 0;
}

bool is_base64(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '-' ||
         c == '_';
}

}  // namespace

void SecretForms::add(std::string_view secret) {
  // What folds to a line loses the blanks at its ends.
  const std::string_view whole = without_blanks(secret);
  if (std::ranges::count_if(whole, [](char c) { return !breaks_line(c) && c != ' ' && c != '\t'; }) <
      static_cast<std::ptrdiff_t>(shortest_rest))
    return;
  add_needle(whole, false);
  add_base64(secret);
  const auto lines = words_of(whole, std::string_view("\r\n\0", 3));
  for (const std::string_view line : lines) {
    if (lines.size() > 1 && trim(line).size() >= shortest_part) add_needle(trim(line), false);
  }
  if (lines.size() == 1 && whole.find("://") != std::string_view::npos) add_parts_of_url(whole);
}

// Servers and clients name the path of what was asked for.
void SecretForms::add_parts_of_url(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  const auto path_at = std::min(url.find_first_of("/?#"), url.size());
  const std::string_view host = url.substr(0, path_at);
  const auto add_long = [this](std::string_view part) {
    if (part.size() >= shortest_part) add_needle(part, false);
  };
  if (const auto at = host.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = host.substr(0, at);
    const auto colon = user.find(':');
    const std::string_view password = colon == std::string_view::npos ? user : user.substr(colon + 1);
    if (password.size() >= shortest_rest) add_needle(password, false);
  }
  std::string_view path = url.substr(path_at);
  if (path.starts_with('/')) path.remove_prefix(1);
  add_long(path);
  const auto query_at = std::min(path.find_first_of("?#"), path.size());
  const std::string_view folders = path.substr(0, query_at);
  add_long(folders);
  if (const auto slash = folders.rfind('/'); slash != std::string_view::npos)
    add_long(folders.substr(slash + 1));
  if (query_at == path.size()) return;
  add_long(path.substr(query_at + 1));
  for (const std::string_view pair : words_of(path.substr(query_at + 1), "&;#")) {
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos) add_long(pair.substr(equals + 1));
  }
}

// Base64 of three bytes is four letters, so what comes before decides which of three texts the secret
// becomes; the letters at both ends have bits of its neighbours, too.
void SecretForms::add_base64(std::string_view secret) {
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string bytes = std::string(before, '\0') + std::string(secret);
    const std::size_t first = (before * 8 + 5) / 6;
    const std::size_t last = bytes.size() * 8 / 6;
    if (last < first + shortest_base64) continue;
    std::string letters = base64_encode(bytes).substr(first, last - first);
    add_needle(letters, true);
    std::ranges::replace(letters, '+', '-');
    std::ranges::replace(letters, '/', '_');
    add_needle(letters, true);
  }
}

void SecretForms::add_needle(std::string_view text, bool base64) {
  const auto same = [&](const Needle& needle) { return needle.text == text && needle.base64 == base64; };
  if (std::ranges::any_of(needles_, same)) return;
  Needle needle;
  needle.text = text;
  needle.base64 = base64;
  for (std::string_view rest = text; !rest.empty();) {
    Unit unit;
    unit.bytes = first_character(rest);
    if (breaks_line(rest.front())) {
      unit.is_break = true;
      std::size_t size = 1;
      while (size < rest.size() && breaks_line(rest[size]))
        ++size;
      unit.bytes = rest.substr(0, size);
    } else if (valid_utf8(unit.bytes) != unit.bytes) {
      unit.is_text = false;
      unit.bytes = rest.substr(0, 1);
    }
    if (unit.is_text) unit.code = code_point(unit.bytes);
    rest.remove_prefix(unit.bytes.size());
    needle.units.push_back(std::move(unit));
  }
  by_first_[static_cast<std::uint8_t>(text.front())].push_back(needles_.size());
  needles_.push_back(std::move(needle));
}

void SecretForms::add_ends(std::string_view text, std::size_t at, const Unit& unit,
                           std::vector<std::size_t>& ends) {
  const auto add = [&](std::size_t end) {
    if (end != 0 && std::ranges::find(ends, end) == ends.end()) ends.push_back(end);
  };
  if (at >= text.size()) return;
  const std::string_view rest = text.substr(at);
  if (rest.starts_with(unit.bytes)) add(at + unit.bytes.size());
  if (unit.is_break) {
    if (rest.front() == ' ') add(at + 1);
    // Each of its line ends in a form of its own.
    std::vector<std::size_t> places{at};
    for (std::size_t i = 0; i < unit.bytes.size(); ++i) {
      Unit one;
      one.bytes = unit.bytes.substr(i, 1);
      one.code = static_cast<std::uint8_t>(unit.bytes[i]);
      std::vector<std::size_t> next;
      for (const std::size_t place : places)
        add_ends(text, place, one, next);
      places = std::move(next);
    }
    for (const std::size_t place : places)
      add(place);
    return;
  }
  switch (rest.front()) {
    case '%':
      add(end_of_bytes(text, at, unit.bytes, "%"));
      break;
    case '+':
      if (unit.bytes == " ") add(at + 1);
      break;
    case '\\':
      add(end_of_bytes(text, at, unit.bytes, "\\x"));
      if (unit.is_text) add(end_of_escape(text, at, unit.code));
      break;
    case '&':
      if (unit.is_text) add(end_of_entity(text, at, unit.code));
      break;
    default:
      if (!unit.is_text && rest.starts_with(no_character)) add(at + no_character.size());
  }
}

// Where the text was cut, at this place or in the middle of an escape that begins here; 0: it was not.
std::size_t SecretForms::cut_end(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at, longest_escape + ellipsis.size());
  if (rest.starts_with(ellipsis)) return at;
  if (rest.empty() || (rest.front() != '%' && rest.front() != '\\' && rest.front() != '&')) return 0;
  const auto end = rest.find(ellipsis);
  return end != std::string_view::npos && rest.substr(0, end).find(' ') == std::string_view::npos ? at + end
                                                                                                  : 0;
}

std::size_t SecretForms::match(std::string_view text, std::size_t at, const Needle& needle) {
  std::vector<std::size_t> places{at};
  std::vector<std::size_t> next;
  std::size_t cut = 0;
  std::size_t matched = 0;
  for (const Unit& unit : needle.units) {
    if (matched >= (needle.base64 ? shortest_base64 : shortest_rest)) {
      for (const std::size_t place : places)
        cut = std::max(cut, cut_end(text, place));
    }
    next.clear();
    for (const std::size_t place : places)
      add_ends(text, place, unit, next);
    if (next.empty()) return cut;
    places.swap(next);
    matched += unit.bytes.size();
  }
  return std::ranges::max(places);
}

SecretForms::Found SecretForms::find_at(std::string_view text, std::size_t at) const {
  Found found;
  const auto look = [&](const Needle& needle) {
    const std::size_t end = match(text, at, needle);
    if (end > found.end) found = {end, needle.base64};
  };
  const char c = text[at];
  const char after = at + 1 < text.size() ? text[at + 1] : '\0';
  for (const std::size_t index : by_first_[static_cast<std::uint8_t>(c)]) {
    // Nearly all end here.
    if (needles_[index].text[1] == after || is_special(after)) look(needles_[index]);
  }
  const bool may_be_escaped =
      c == '%' || c == '\\' || c == '&' || c == '+' || text.substr(at).starts_with(no_character);
  for (std::size_t i = 0; may_be_escaped && i < needles_.size(); ++i)
    look(needles_[i]);
  return found;
}

std::string SecretForms::redacted(std::string_view text) const {
  if (needles_.empty()) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Found found = find_at(text, at);
    if (found.end <= at) {
      out += text[at++];
      continue;
    }
    at = found.end;
    if (found.base64) {
      while (!out.empty() && is_base64(out.back()))
        out.pop_back();
      while (at < text.size() && (is_base64(text[at]) || text[at] == '='))
        ++at;
    }
    out += stars;
  }
  return out;
}

}  // namespace carillon
