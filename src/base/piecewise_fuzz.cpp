// Encodings piece by piece give what they give at once, and what a parser reads back.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/piecewise.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  if (size < 2) return 0;
  const std::size_t piece = data[0] + std::size_t{1};
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);

  Base64Lines lines;
  std::string encoded;
  for (std::size_t i = 0; i < input.size(); i += piece)
    lines.add(encoded, input.substr(i, piece));
  lines.end(encoded);
  if (encoded.size() != Base64Lines::size_of(input.size())) std::abort();
  if (Base64Lines::fitting(encoded.size()) < input.size()) std::abort();
  for (std::size_t i = 0, line = 0; i < encoded.size(); ++i) {
    line = encoded[i] == '\n' ? 0 : line + 1;
    if (line > 77) std::abort();
  }
  std::erase_if(encoded, [](char c) { return c == '\r' || c == '\n'; });
  if (base64_decode(encoded) != input) std::abort();

  const std::string text = valid_utf8(input);
  std::string escaped = "\"";
  std::uint64_t told = 0;
  for (std::size_t i = 0; i < text.size(); i += piece) {
    append_json_escaped(escaped, std::string_view(text).substr(i, piece));
    told += json_escaped_size(std::string_view(text).substr(i, piece));
  }
  if (escaped.size() - 1 != told) std::abort();
  boost::system::error_code error;
  const json::value parsed = json::parse(escaped + "\"", error);
  if (error || parsed.as_string() != text) std::abort();
  return 0;
}
