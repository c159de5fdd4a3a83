#include "reporter/mail/ascii_head.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/text.hpp"
#include "reporter/mail/header_text.hpp"

namespace carillon::reporter::mail {
namespace {

// The parts of a list of addresses, cut at the commas that are not quoted.
std::vector<std::string_view> list_parts(std::string_view text) {
  std::vector<std::string_view> out;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size()) {
      if (quoted && text[i] == '\\') {
        ++i;
        continue;
      }
      if (text[i] == '"') quoted = !quoted;
      if (quoted || text[i] != ',') continue;
    }
    out.push_back(trim(text.substr(begin, std::min(i, text.size()) - begin)));
    begin = i + 1;
  }
  return out;
}

// The words between the spaces that are not quoted.
void add_words(std::vector<std::string>& out, std::string_view text) {
  bool quoted = false;
  std::string word;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == ' ' && !quoted) {
      if (!word.empty()) out.push_back(std::move(word));
      word.clear();
      continue;
    }
    word += text[i];
    if (quoted && text[i] == '\\' && i + 1 < text.size()) word += text[++i];
  }
  if (!word.empty()) out.push_back(std::move(word));
}

// `Name <jörg@x.org>` to `Name =?utf-8?...?= :;`.
void add_group(std::vector<std::string>& out, std::string_view one, std::size_t room) {
  const auto open = one.ends_with('>') ? one.rfind('<') : std::string_view::npos;
  if (open != std::string_view::npos) {
    add_words(out, one.substr(0, open));
    one = one.substr(open + 1, one.size() - open - 2);
  }
  for (std::string& word : encoded_words(one, room))
    out.push_back(std::move(word));
  out.emplace_back(":;");
}

std::string ascii_field(std::string_view field) {
  const auto colon = field.find(':');
  std::string value;
  for (std::size_t i = colon + 1; i < field.size(); ++i) {
    if (field[i] != '\r' && field[i] != '\n') value += field[i];
  }
  const std::string_view name = field.substr(0, colon);
  std::vector<std::string> words;
  for (const std::string_view one : list_parts(value)) {
    if (!words.empty()) words.back() += ',';
    if (is_ascii(one)) {
      add_words(words, one);
    } else {
      add_group(words, one, words.empty() ? 70 - std::min<std::size_t>(name.size(), 40) : 75);
    }
  }
  return folded_field(name, words);
}

}  // namespace

std::optional<std::string> ascii_domain(std::string_view domain) {
  if (is_ascii(domain)) return std::string(domain);
  if (domain.find('\0') != std::string_view::npos) return std::nullopt;
  char* found = nullptr;
  const int result = idn2_to_ascii_8z(std::string(domain).c_str(), &found, IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, void (*)(void*)> owned(found, idn2_free);
  if (result != IDN2_OK) return std::nullopt;
  return std::string(found);
}

std::optional<AsciiHead> ascii_head(std::string_view message) {
  const auto end = message.find("\r\n\r\n");
  if (end == std::string_view::npos || is_ascii(message.substr(0, end))) return std::nullopt;
  AsciiHead out;
  out.instead_of = end + 4;
  for (std::size_t at = 0; at < end;) {
    auto next = message.find("\r\n", at);
    while (next < end && (message[next + 2] == ' ' || message[next + 2] == '\t'))
      next = message.find("\r\n", next + 2);
    const std::string_view field = message.substr(at, next + 2 - at);
    out.text += is_ascii(field) ? std::string(field) : ascii_field(field);
    at = next + 2;
  }
  out.text += "\r\n";
  return out;
}

}  // namespace carillon::reporter::mail
