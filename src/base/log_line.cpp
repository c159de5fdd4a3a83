#include "base/log_line.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/visible.hpp"

namespace carillon {

std::string text_line(std::string_view where, std::string_view text) {
  std::string out = visible(where) + ": ";
  out.reserve(out.size() + text.size());
  each_character(text, [&](std::string_view character) {
    if (character == "\n") {
      out += "\\n";
    } else if (character == "\r") {
      out += "\\r";
    } else if (effect_of(character) != Effect::none) {
      out += '?';
    } else {
      out += character;
    }
  });
  return out;
}

std::string json_members(std::string_view where, std::string_view text) {
  return "\"part\":" + json::serialize(json::string(valid_utf8(where))) +
         ",\"message\":" + json::serialize(json::string(valid_utf8(text)));
}

}  // namespace carillon
