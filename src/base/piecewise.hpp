// Encodings of what is too long to be in memory: piece by piece, and how long the whole becomes. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

// base64 in lines of 76 characters, each ended by CRLF (RFC 2045 6.8). The pieces may be cut anywhere.
class Base64Lines {
 public:
  // Appends the lines that are full to out.
  void add(std::string& out, std::string_view piece);
  // Appends what is left, and may begin anew.
  void end(std::string& out);

  // Size of the encoded form of `bytes` bytes.
  static std::uint64_t size_of(std::uint64_t bytes);
  // The largest number of bytes whose encoded form has at most `size` bytes.
  static std::uint64_t fitting(std::uint64_t size);

 private:
  // The bytes of a line that is not full.
  std::string line_;
};

// Appends the text as it stands between the quotes of a JSON string (RFC 8259 7). Bytes above 127 stay as
// they are, so UTF-8 may be cut anywhere.
void append_json_escaped(std::string& out, std::string_view text);
std::uint64_t json_escaped_size(std::string_view text);

}  // namespace carillon
