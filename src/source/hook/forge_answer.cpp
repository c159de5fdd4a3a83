#include "source/hook/forge_answer.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace carillon::source::hook {

Result<std::string> text_of_file(const json::value& answer) {
  const json::object* file = answer.if_object();
  if (file == nullptr) return rejected("it is no file");
  if (text_at(*file, "encoding") != "base64") return rejected("it is too large, or no file");
  std::string encoded = text_at(*file, "content");
  std::erase_if(encoded, [](char c) { return c == '\n' || c == '\r'; });
  auto text = base64_decode(encoded);
  if (!text) return rejected("what came is no base64");
  return std::move(*text);
}

std::string message_of(const http::Response& answer) {
  boost::system::error_code error;
  const json::value body = boost::json::parse(answer.body, error);
  const std::string text = !error && body.is_object() ? text_at(body.get_object(), "message") : "";
  return text.empty() ? http::shown_answer(answer) : fold_to_line(valid_utf8(text));
}

}  // namespace carillon::source::hook
