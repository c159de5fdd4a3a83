// Whatever a client sends: a header that is taken ends where it seems to, and has one meaning.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "web/header.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::web;
  namespace http = boost::beast::http;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = size_of_header(input);
  if (end > size) std::abort();
  if (end == 0) return 0;
  const std::string_view text = input.substr(0, end);
  Parser parser;
  parser.body_limit(boost::none);
  const std::string fault = parse_header(text, parser);
  if (fault.find_first_of("\r\n") != std::string::npos) std::abort();
  if (!fault.empty()) return 0;
  if (has_bare_line_end(text)) std::abort();
  const auto& message = parser.get();
  if (message.count(http::field::host) > 1) std::abort();
  const bool chunked = message.count(http::field::transfer_encoding) > 0;
  if (chunked && (parser.content_length() || !parser.chunked())) std::abort();
  if (parser.is_done() && parser.content_length().value_or(0) > 0) std::abort();
  const Head head = head_of(parser);
  if (head.method.empty() || head.path.find('?') != std::string::npos) std::abort();
  for (const auto& [name, value] : head.headers) {
    if (name.empty() || value.find_first_of("\r\n") != std::string::npos) std::abort();
  }
  return 0;
}
