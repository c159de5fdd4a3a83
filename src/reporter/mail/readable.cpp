#include "reporter/mail/readable.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/text.hpp"

namespace carillon::reporter::mail {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::optional<char> hex_byte(std::string_view digits) {
  if (digits.size() < 2) return std::nullopt;
  int value = 0;
  for (const char c : digits.substr(0, 2)) {
    const char lowered = lower(c);
    if (std::isxdigit(static_cast<unsigned char>(lowered)) == 0) return std::nullopt;
    value = value * 16 + (lowered <= '9' ? lowered - '0' : lowered - 'a' + 10);
  }
  return static_cast<char>(value);
}

// "=41" or "%41" to "A".
std::string unescaped(std::string_view text, char escape) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == escape ? hex_byte(text.substr(i + 1)) : std::nullopt;
    out += byte.value_or(text[i]);
    if (byte) i += 2;
  }
  return out;
}

// One encoded word without "=?" and "?=": "utf-8?q?text".
std::optional<std::string> decoded_word(std::string_view word) {
  const auto charset = word.find('?');
  if (charset == std::string_view::npos || charset + 2 >= word.size() || word[charset + 2] != '?')
    return std::nullopt;
  if (lower(word.substr(0, charset)) != "utf-8") return std::nullopt;
  const std::string_view text = word.substr(charset + 3);
  if (lower(word[charset + 1]) == 'b') return base64_decode(text);
  std::string q(text);
  std::ranges::replace(q, '_', ' ');
  return unescaped(q, '=');
}

// Spaces between two encoded words do not count (RFC 2047 6.2).
std::string decoded_value(std::string_view value) {
  std::string out;
  bool after_word = false;
  while (!value.empty()) {
    const auto begin = value.find("=?");
    // The end cannot be found before the text begins: "=?utf-8?q?=41?=".
    const auto first = begin == std::string_view::npos ? begin : value.find('?', begin + 2);
    const auto second = first == std::string_view::npos ? first : value.find('?', first + 1);
    const auto end = second == std::string_view::npos ? second : value.find("?=", second + 1);
    const auto word =
        end == std::string_view::npos ? std::nullopt : decoded_word(value.substr(begin + 2, end - begin - 2));
    if (!word) {
      const auto plain = begin == std::string_view::npos ? value.size() : begin + 2;
      out += value.substr(0, plain);
      value.remove_prefix(plain);
      after_word = false;
      continue;
    }
    const std::string_view between = value.substr(0, begin);
    if (!after_word || !trim(between).empty()) out += between;
    out += *word;
    after_word = true;
    value.remove_prefix(end + 2);
  }
  return valid_utf8(out);
}

// The fields up to the empty line; `rest` is what follows it.
Fields read_fields(std::string_view text, std::string_view& rest) {
  Fields fields;
  while (!text.empty()) {
    const auto end = std::min(text.find("\r\n"), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    if (line.empty()) break;
    const auto colon = line.find(':');
    if ((line.front() == ' ' || line.front() == '\t') && !fields.empty()) {
      fields.back().second += line;
    } else if (colon != std::string_view::npos) {
      fields.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
    }
  }
  rest = text;
  return fields;
}

std::string_view value_of(const Fields& fields, std::string_view name) {
  const auto at = std::ranges::find_if(fields, [&](const auto& field) { return lower(field.first) == name; });
  return at == fields.end() ? std::string_view() : std::string_view(at->second);
}

// The parameter of a field, `x="a"` or `x*0*=utf-8''a; x*1*=b`.
std::string parameter_of(std::string_view field, std::string_view name) {
  std::string pieces;
  for (int number = 0;; ++number) {
    const std::string begin = std::string(name) + "*" + std::to_string(number) + "*=";
    const auto at = field.find(begin);
    if (at == std::string_view::npos) break;
    const auto value = at + begin.size();
    pieces += trim(field.substr(value, std::min(field.find(';', value), field.size()) - value));
  }
  if (!pieces.empty()) {
    const auto charset_end = pieces.find("''");
    return valid_utf8(
        unescaped(charset_end == std::string::npos ? pieces : pieces.substr(charset_end + 2), '%'));
  }
  const auto at = field.find(std::string(name) + "=\"");
  if (at == std::string_view::npos) return {};
  std::string value;
  for (std::size_t i = at + name.size() + 2; i < field.size() && field[i] != '"'; ++i) {
    if (field[i] == '\\' && i + 1 < field.size()) ++i;
    value += field[i];
  }
  return value;
}

std::string decoded_content(std::string_view content, std::string_view encoding) {
  if (encoding == "base64") {
    std::string text(content);
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
    return base64_decode(text).value_or(std::string(content));
  }
  if (encoding != "quoted-printable") return std::string(content);
  std::string text(content);
  for (auto at = text.find("=\r\n"); at != std::string::npos; at = text.find("=\r\n", at))
    text.erase(at, 3);
  return unescaped(text, '=');
}

std::string with_plain_line_ends(std::string text) {
  std::erase(text, '\r');
  return text;
}

// A part, or the whole message where it has none.
void read_content(const Fields& fields, std::string_view content, Readable& out) {
  const std::string text = decoded_content(content, lower(value_of(fields, "content-transfer-encoding")));
  if (value_of(fields, "content-disposition").starts_with("attachment")) {
    out.files.push_back({parameter_of(value_of(fields, "content-disposition"), "filename"), text.size()});
    return;
  }
  const std::string_view type = value_of(fields, "content-type");
  if (!type.empty()) out.type = lower(trim(type.substr(0, type.find(';'))));
  out.text = valid_utf8(with_plain_line_ends(text));
}

}  // namespace

std::string_view Readable::field(std::string_view name) const {
  return value_of(fields, name);
}

Readable read_message(std::string_view message) {
  Readable out;
  std::string_view rest;
  const Fields fields = read_fields(message, rest);
  for (const auto& [name, value] : fields)
    out.fields.emplace_back(name, decoded_value(value));
  const std::string boundary = parameter_of(value_of(fields, "content-type"), "boundary");
  if (boundary.empty()) {
    read_content(fields, rest, out);
    return out;
  }
  const std::string line = "--" + boundary;
  auto at = rest.find(line);
  while (at != std::string_view::npos) {
    rest.remove_prefix(std::min(at + line.size(), rest.size()));
    if (rest.starts_with("--")) break;
    rest.remove_prefix(rest.starts_with("\r\n") ? 2 : 0);
    at = rest.find("\r\n" + line);
    std::string_view content;
    const Fields of_part = read_fields(rest.substr(0, at), content);
    read_content(of_part, content, out);
    if (at != std::string_view::npos) at += 2;
  }
  return out;
}

}  // namespace carillon::reporter::mail
