#include "base/log_line.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"

namespace carillon {

std::string text_line(std::string_view where, std::string_view text) {
  std::string out;
  out.reserve(where.size() + 2 + text.size());
  out += where;
  out += ": ";
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += '?';
    } else {
      out += c;
    }
  }
  return out;
}

std::string json_members(std::string_view where, std::string_view text) {
  return "\"part\":" + json::serialize(json::string(valid_utf8(where))) +
         ",\"message\":" + json::serialize(json::string(valid_utf8(text)));
}

}  // namespace carillon
