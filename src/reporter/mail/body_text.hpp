// Bodies of MIME parts: normalising and transfer encodings (RFC 2045 6). Pure.
#pragma once

#include <string>
#include <string_view>

namespace carillon::reporter::mail {

inline constexpr std::size_t longest_line = 998;  // octets without the line end (RFC 5322 2.1.1)

// Valid UTF-8 without NUL, every line (CRLF, LF or CR) ended by CRLF, the last one too.
std::string normalise_text(std::string_view text);

struct Encoded {
  // "7bit", "quoted-printable", "base64": what every relay takes.
  std::string_view encoding;
  // Ends in CRLF unless empty.
  std::string text;
};

// For a normalised text: 7bit when it is ASCII and no line has more than 998 octets, else what is shorter.
// Not 8bit: it would need a relay that offers 8BITMIME, and each one on the way behind it.
Encoded encode_text(std::string text);

// base64 in lines of 76 characters.
std::string base64_lines(std::string_view bytes);

}  // namespace carillon::reporter::mail
