#include "reporter/mail/header_text.hpp"

#include <algorithm>
#include <cstdint>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace carillon::reporter::mail {
namespace {

constexpr std::size_t soft_limit = 76;
constexpr std::size_t encoded_word_limit = 75;  // RFC 2047 2
constexpr std::size_t shortest_word = 24;       // an encoded word with any one character in it
constexpr std::size_t longest_name = 60;        // of an address, when it is not encoded
constexpr std::size_t longest_subject_word = 66;
constexpr std::size_t longest_other_word = 900;
constexpr std::string_view word_begin_q = "=?utf-8?q?";
constexpr std::string_view word_begin_b = "=?utf-8?b?";
constexpr std::string_view word_end = "?=";

// One line of valid UTF-8 without control characters.
std::string clean(std::string_view value) {
  std::string out = fold_to_line(valid_utf8(value));
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = ' ';
  }
  return fold_to_line(out);
}

bool continuation(char c) {
  return (static_cast<std::uint8_t>(c) & 0xC0U) == 0x80;
}

std::size_t character_length(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && continuation(text[end]))
    ++end;
  return end - at;
}

// What may stand for itself in a Q word anywhere, also within a display name (RFC 2047 5 (3)).
bool q_literal(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '!' || c == '*' ||
         c == '+' || c == '-' || c == '/';
}

std::string q_encode(std::string_view character) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (char c : character) {
    if (c == ' ') {
      out += '_';
    } else if (q_literal(c)) {
      out += c;
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      out += '=';
      out += hex[byte >> 4U];
      out += hex[byte & 15U];
    }
  }
  return out;
}

// Appends words to the field, each on a new line where the current one would get too long.
class Folder {
 public:
  explicit Folder(std::string_view name) : out_(std::string(name) + ":"), column_(out_.size()) {}

  // spaces: what separates the word from the one before; at least one space or tab.
  void add(std::string_view word, std::string_view spaces = " ") {
    const bool may_fold = !first_ || out_.size() + shortest_word >= soft_limit;
    if (column_ + spaces.size() + word.size() > soft_limit && may_fold) {
      out_ += "\r\n";
      column_ = 0;
    }
    first_ = false;
    out_.append(spaces).append(word);
    column_ += spaces.size() + word.size();
  }
  std::size_t room() const { return column_ + 1 < soft_limit ? soft_limit - column_ - 1 : 0; }
  std::string finish() { return std::move(out_) + "\r\n"; }

 private:
  std::string out_;
  std::size_t column_;
  bool first_ = true;  // a field whose first line is empty confuses old software
};

// Whether the text can stand in a header as it is: nothing that looks like an encoded word, and no word (with
// the spaces before it) that is too long to fold.
bool plain(std::string_view text, std::size_t longest) {
  if (!is_ascii(text) || text.find("=?") != std::string_view::npos) return false;
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && text[i] == ' ' && text[i - 1] != ' ') run = 0;
    if (++run > longest) return false;
  }
  return true;
}

bool atom_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-/=?^_`{|}~ ").find(c) != std::string_view::npos;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// The words of one address; the display name may be several. room: for the first of them.
std::vector<std::string> address_words(const Address& address, std::size_t room) {
  const std::string name = clean(address.name);
  if (name.empty()) return {address.address};
  const std::string shown = std::ranges::all_of(name, atom_char) ? name : quote(name);
  std::vector<std::string> words;
  if (!plain(name, longest_name) || shown.size() > std::min(longest_name, room)) {
    words = encoded_words(name, room);
  } else {
    words = {shown};
  }
  words.push_back("<" + address.address + ">");
  return words;
}

}  // namespace

// Q where most of the text stays readable that way, else B.
std::vector<std::string> encoded_words(std::string_view text, std::size_t first) {
  const auto odd =
      static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !q_literal(c) && c != ' '; }));
  const bool q = odd * 3 < text.size();
  constexpr std::size_t frame = word_begin_q.size() + word_end.size();
  std::size_t room =
      (first < shortest_word ? encoded_word_limit : std::min(first, encoded_word_limit)) - frame;
  std::vector<std::string> words;
  std::string piece;  // Q: encoded; B: raw
  auto flush = [&] {
    if (piece.empty()) return;
    words.push_back(std::string(q ? word_begin_q : word_begin_b) + (q ? piece : base64_encode(piece)) +
                    std::string(word_end));
    piece.clear();
    room = encoded_word_limit - frame;
  };
  for (std::size_t i = 0; i < text.size();) {
    const auto character = text.substr(i, character_length(text, i));
    const std::string next = q ? q_encode(character) : std::string(character);
    const std::size_t size = q ? piece.size() + next.size() : (piece.size() + next.size() + 2) / 3 * 4;
    if (size > room) flush();
    piece += next;
    i += character.size();
  }
  flush();
  return words;
}

std::string text_field(std::string_view name, std::string_view value) {
  const std::string text = clean(value);
  Folder folder(name);
  // The words of other fields may have a meaning that encoding would hide.
  if (!plain(text, name == "Subject" ? longest_subject_word : longest_other_word)) {
    for (const std::string& word : encoded_words(text, folder.room()))
      folder.add(word);
    return folder.finish();
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t word = text.find_first_not_of(' ', at);
    const std::size_t end = std::min(text.find(' ', word), text.size());
    const std::string spaces(word > at ? word - at : 1, ' ');
    folder.add(std::string_view(text).substr(word, end - word), spaces);
    at = end;
  }
  return folder.finish();
}

std::string address_field(std::string_view name, const std::vector<Address>& addresses) {
  Folder folder(name);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    auto words = address_words(addresses[i], i == 0 ? folder.room() : encoded_word_limit);
    if (i + 1 < addresses.size()) words.back() += ",";
    for (const std::string& word : words)
      folder.add(word);
  }
  return folder.finish();
}

std::string folded_field(std::string_view name, const std::vector<std::string>& words) {
  Folder folder(name);
  for (const std::string& word : words)
    folder.add(word);
  return folder.finish();
}

std::string id_field(std::string_view name, const std::vector<std::string>& ids) {
  std::vector<std::string> words;
  words.reserve(ids.size());
  for (const std::string& id : ids)
    words.push_back("<" + id + ">");
  return folded_field(name, words);
}

std::string parameter(std::string_view name, std::string_view value) {
  const std::string text = clean(value);
  const std::string field(name);
  if (const std::string quoted = quote(text); is_ascii(text) && quoted.size() <= 62)
    return ";\r\n " + field + "=" + quoted;
  // RFC 2231 3 and 4.1: pieces of percent-encoded text, the first of which names the charset.
  std::string out;
  std::string piece;
  int number = 0;
  auto flush = [&] {
    out += ";\r\n " + field + "*" + std::to_string(number) + "*=" + (number == 0 ? "utf-8''" : "") + piece;
    ++number;
    piece.clear();
  };
  for (std::size_t i = 0; i < text.size();) {
    const auto character = std::string_view(text).substr(i, character_length(text, i));
    const std::string next = percent_encode(character);
    if (piece.size() + next.size() > 50) flush();
    piece += next;
    i += character.size();
  }
  flush();
  return out;
}

bool valid_field_name(std::string_view name) {
  return !name.empty() && name.size() <= 70 &&
         std::ranges::all_of(name, [](char c) { return c > 32 && c < 127 && c != ':'; });
}

}  // namespace carillon::reporter::mail
