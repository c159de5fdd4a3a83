// Header fields of a message: folding (RFC 5322 2.2.3), encoded words (RFC 2047), parameters (RFC 2231).
// Pure. Whatever comes in - control characters, line ends, invalid UTF-8 - the result is one well-formed
// field of ASCII lines (addresses may hold UTF-8, RFC 6532), folded at 76 characters where there is a place
// to fold and never above 998. A line with encoded words never has more than 76 (RFC 2047 2), unless an
// address itself is that long.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reporter/mail/addresses.hpp"

namespace carillon::reporter::mail {

// "Name: value" + CRLF for text that people read. What is not plain ASCII becomes encoded words; in a subject
// so does a word that is too long for a line.
std::string text_field(std::string_view name, std::string_view value);

// The text as encoded words of at most 75 characters, cut at character boundaries (RFC 2047 2). Valid UTF-8
// on one line comes in. first: the room for the first of them; less than 24 means that it gets a line of its
// own.
std::vector<std::string> encoded_words(std::string_view text, std::size_t first = 75);

// "Name: word word" + CRLF: the words with a space before each, folded.
std::string folded_field(std::string_view name, const std::vector<std::string>& words);

// "Name: a, b" + CRLF. Only display names are quoted or encoded, never an address.
std::string address_field(std::string_view name, const std::vector<Address>& addresses);

// "Name: <id> <id>" + CRLF, one ID a line. IDs come without brackets and are ASCII without spaces.
std::string id_field(std::string_view name, const std::vector<std::string>& ids);

// `; filename="x"` as it is appended to a field, folded onto lines of its own; `filename*=utf-8''...` where x
// is not plain ASCII or is long.
std::string parameter(std::string_view name, std::string_view value);

// RFC 5322 3.6.8: printable ASCII without a colon; and not longer than a line takes.
bool valid_field_name(std::string_view name);

}  // namespace carillon::reporter::mail
