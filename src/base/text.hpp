// Small questions and changes that many parts ask of a text. Pure functions; texts are bytes, mostly UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

// Without spaces, tabs, CR and LF at both ends. A view into the text.
std::string_view trim(std::string_view text);

// Whether it holds nothing but spaces, tabs, CR and LF.
bool is_blank(std::string_view text);

// Whether it holds digits only, and at least one.
bool is_digits(std::string_view text);

// Whether it holds bytes below 0x80 only.
constexpr bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}
bool is_ascii(std::string_view text);

// Whether the byte continues a character of UTF-8 that an earlier byte began.
constexpr bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// The code points of a UTF-8 text.
std::size_t characters(std::string_view text);

// The words between runs of separators; none is empty. Views into the text.
std::vector<std::string_view> words_of(std::string_view text, std::string_view separators = " ");

// All of them with the separator in between: "a, b".
std::string joined(const std::vector<std::string>& texts, std::string_view separator);

// Whether the whole text is as the pattern says, in which `*` stands for anything.
bool matches(std::string_view pattern, std::string_view text);

// For HTML and XML, also within double quotes: & < > " become entities.
std::string escape_html(std::string_view text);

// "12 MB", rounded to 1,000,000 bytes.
std::string megabytes(std::uint64_t bytes);

}  // namespace carillon
