// Header fields of a message: folding (RFC 5322 2.2.3), encoded words (RFC 2047), parameters (RFC 2231).
// Pure. Whatever comes in - control characters, line ends, invalid UTF-8 - the result is one well-formed
// field of ASCII lines (addresses may hold UTF-8, RFC 6532), folded at 78 characters where there is a place
// to fold and never above 998.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reporter/mail/addresses.hpp"

namespace carillon::reporter::mail {

// "Name: value" + CRLF for text that people read. What is not plain ASCII becomes encoded words.
std::string text_field(std::string_view name, std::string_view value);

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
