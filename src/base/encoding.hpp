// Text encodings that several protocols share. Pure functions over bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

// RFC 4648 base64 with padding, no line breaks.
std::string base64_encode(std::string_view bytes);
// The same, appended.
void base64_append(std::string& out, std::string_view bytes);

// The inverse; padding may be missing. nullopt when the text is no base64.
std::optional<std::string> base64_decode(std::string_view text);

// Two lower-case hexadecimal digits for each byte.
std::string hex_encode(std::string_view bytes);

// RFC 3986: everything but unreserved characters becomes %XX (upper case).
std::string percent_encode(std::string_view bytes);

// The longest prefix of the UTF-8 text that has at most max_bytes bytes and ends at a character boundary.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

// The text with at most max_chars code points; when it was longer the last one is an ellipsis (U+2026).
std::string ellipsize(std::string_view text, std::size_t max_chars);

// Every byte sequence that is not UTF-8 replaced by U+FFFD; valid text comes back unchanged.
std::string valid_utf8(std::string_view bytes);

// CR, LF and NUL runs folded into one space, ends trimmed: for header values, subjects and one-line
// summaries.
std::string fold_to_line(std::string_view text);

// 64-bit FNV-1a, as 16 hexadecimal digits: stable names for long keys; not for security.
std::string short_hash(std::string_view bytes);

// Keeps the first and the last part of a text longer than max_bytes, and says in between how many bytes are
// left out. Cuts at character boundaries. Used for logs, where the end matters as much as the beginning.
std::string head_and_tail(std::string_view text, std::size_t max_bytes);

}  // namespace carillon
