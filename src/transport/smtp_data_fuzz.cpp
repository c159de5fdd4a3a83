// The body of a mail: no line of it ends the data but the last one, and the relay reads what was sent.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "transport/smtp_data.hpp"

namespace {

using carillon::smtp::DataEncoder;

std::string encoded(std::string_view body, std::size_t piece) {
  DataEncoder encoder;
  std::string out;
  while (!body.empty()) {
    const std::size_t before = out.size();
    const std::string_view part = body.substr(0, piece);
    encoder.add(out, part);
    if (out.size() > before + 2 * part.size() + 1) std::abort();
    body.remove_prefix(part.size());
  }
  encoder.end(out);
  return out;
}

// What a relay makes of it: until the line with a lone dot.
std::string received(std::string_view data) {
  std::string out;
  while (!data.empty()) {
    const auto end = data.find("\r\n");
    if (end == std::string_view::npos) std::abort();
    std::string_view line = data.substr(0, end);
    data.remove_prefix(end + 2);
    if (line.find_first_of("\r\n") != std::string_view::npos) std::abort();
    if (line == ".") {
      if (!data.empty()) std::abort();  // the rest would be commands
      return out;
    }
    if (line.starts_with('.')) line.remove_prefix(1);
    out += line;
    out += '\n';
  }
  std::abort();
}

std::string lines_of(std::string_view body) {
  std::string out;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '\r') {
      if (i + 1 < body.size() && body[i + 1] == '\n') ++i;
      out += '\n';
    } else {
      out += body[i];
    }
  }
  if (!out.empty() && out.back() != '\n') out += '\n';
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string in_pieces = encoded(body, data[0] % 16 + 1U);
  if (in_pieces != encoded(body, body.size() + 1)) std::abort();
  if (received(in_pieces) != lines_of(body)) std::abort();
  return 0;
}
