// Bodies of MIME parts: normalising and transfer encodings (RFC 2045 6). Pure.
#pragma once

#include <string>
#include <string_view>

namespace carillon::reporter::mail {

// Valid UTF-8 without NUL, every line (CRLF, LF or CR) ended by CRLF, the last one too.
std::string normalise_text(std::string_view text);

struct Encoded {
  std::string_view encoding;  // "7bit", "8bit", "quoted-printable", "base64"
  std::string text;           // ends in CRLF unless empty
};

// For a normalised text: 7bit or 8bit when no line has more than 998 octets, else what is shorter.
Encoded encode_text(std::string text);

// base64 in lines of 76 characters.
std::string base64_lines(std::string_view bytes);

}  // namespace carillon::reporter::mail
