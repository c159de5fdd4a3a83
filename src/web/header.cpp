#include "web/header.hpp"

#include <boost/asio/buffer.hpp>

#include "base/letters.hpp"

namespace carillon::web {
namespace {

namespace bhttp = boost::beast::http;

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view header_end = "\r\n\r\n";

std::size_t leading_line_ends(std::string_view text) {
  std::size_t size = 0;
  while (text.substr(size).starts_with(line_end))
    size += line_end.size();
  return size;
}

bool has_folded_line(std::string_view text) {
  return text.find("\r\n ") != std::string_view::npos || text.find("\r\n\t") != std::string_view::npos;
}

}  // namespace

std::size_t size_of_header(std::string_view text) {
  const auto end = text.find(header_end, leading_line_ends(text));
  return end == std::string_view::npos ? 0 : end + header_end.size();
}

bool has_bare_line_end(std::string_view text) {
  for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (at == 0 || text[at - 1] != '\r') return true;
  }
  return false;
}

std::string parse_header(std::string_view text, Parser& parser) {
  text.remove_prefix(leading_line_ends(text));
  boost::system::error_code error;
  parser.put(asio::buffer(text), error);
  if (error) return error.message();
  if (!parser.is_header_done()) return "it is not whole";
  const auto& message = parser.get();
  if (has_folded_line(text)) return "a header goes on in a second line";
  const auto hosts = message.count(bhttp::field::host);
  if (hosts > 1) return "there are several Host headers";
  if (hosts == 0 && message.version() >= 11) return "there is no Host header";
  const auto lengths = message.count(bhttp::field::content_length);
  if (lengths > 1) return "there are several Content-Length headers";
  const auto encodings = message.count(bhttp::field::transfer_encoding);
  if (encodings == 0) return {};
  if (lengths > 0) return "there are both Content-Length and Transfer-Encoding";
  if (message.version() < 11) return "HTTP/1.0 has no Transfer-Encoding";
  const auto encoding = message[bhttp::field::transfer_encoding];
  if (encodings > 1 || lower({encoding.data(), encoding.size()}) != "chunked")
    return "Transfer-Encoding: only 'chunked' is known";
  return {};
}

Head head_of(const Parser& parser) {
  const auto& message = parser.get();
  Head head;
  head.method = std::string(message.method_string());
  const std::string_view target(message.target().data(), message.target().size());
  const auto question = target.find('?');
  head.path = std::string(target.substr(0, question));
  if (question != std::string_view::npos) head.query = std::string(target.substr(question + 1));
  head.authorization = std::string(message[bhttp::field::authorization]);
  head.content_type = std::string(message[bhttp::field::content_type]);
  for (const auto& field : message) {
    const std::string_view raw(field.name_string().data(), field.name_string().size());
    const std::string_view value(field.value().data(), field.value().size());
    const auto [at, is_new] = head.headers.try_emplace(lower(raw), value);
    if (!is_new) at->second.append(", ").append(value);
  }
  return head;
}

}  // namespace carillon::web
