// Bodies: what is encoded is decoded to the same text, in lines that every relay takes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "reporter/mail/body_text.hpp"

namespace {

using namespace carillon;
using namespace carillon::reporter::mail;

void check_lines(std::string_view text, std::size_t most) {
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    if (end == std::string_view::npos || end > most) std::abort();
    if (text.substr(0, end).find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
      std::abort();
    text.remove_prefix(end + 2);
  }
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  std::abort();
}

std::string unquoted(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
    } else if (text.substr(i + 1, 2) == "\r\n") {
      i += 2;
    } else {
      out += static_cast<char>(digit(text.at(i + 1)) * 16 + digit(text.at(i + 2)));
      i += 2;
    }
  }
  return out;
}

std::string from_base64(std::string_view text) {
  std::string joined;
  for (const char c : text) {
    if (c != '\r' && c != '\n') joined += c;
  }
  const auto decoded = base64_decode(joined);
  if (!decoded) std::abort();
  return *decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  // Long lines are what the encodings are for.
  std::string given(data + 1, data + size);
  if ((data[0] & 1) != 0) {
    for (int i = 0; i < 7 && given.size() < 4000; ++i)
      given += given;
  }
  const std::string text = normalise_text(given);
  if (valid_utf8(text) != text || normalise_text(text) != text) std::abort();
  check_lines(text, text.size());
  const Encoded encoded = encode_text(text);
  check_lines(encoded.text, encoded.encoding == "7bit" ? 998 : 76);
  if (encoded.encoding == "quoted-printable") {
    if (unquoted(encoded.text) != text) std::abort();
  } else if (encoded.encoding == "base64") {
    if (from_base64(encoded.text) != text) std::abort();
  } else if (encoded.text != text) {
    std::abort();
  }
  const std::string lines = base64_lines(given);
  check_lines(lines, 76);
  if (from_base64(lines) != given) std::abort();
  return 0;
}
