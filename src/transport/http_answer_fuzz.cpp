// Whatever a server answers: in pieces it is read as it is at once, within the limits, and what Beast's
// strict parser takes is taken likewise.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "transport/http_answer.hpp"

namespace {

namespace bhttp = boost::beast::http;
using carillon::http::AnswerReader;
using carillon::http::Response;

constexpr std::size_t max_body = 300;

AnswerReader read(std::string_view text, std::size_t step, bool head_only, bool ended) {
  AnswerReader reader(head_only, max_body);
  while (!text.empty()) {
    reader.feed(text.substr(0, step));
    text.remove_prefix(std::min(step, text.size()));
  }
  if (ended) reader.end();
  return reader;
}

void compare_with_beast(std::string_view text, bool head_only, bool ended) {
  bhttp::response_parser<bhttp::string_body> parser;
  parser.eager(true);
  parser.body_limit(max_body);
  parser.skip(head_only);
  boost::system::error_code error;
  std::string_view rest = text;
  while (!rest.empty() && !parser.is_done() && !error) {
    const auto used = parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
    rest.remove_prefix(used);
    if (used == 0) break;
  }
  if (error == bhttp::error::need_more) error = {};
  if (!error && !parser.is_done() && ended && parser.got_some()) parser.put_eof(error);
  if (error || !parser.is_done()) return;
  const auto& message = parser.get();
  if (message.result_int() < 200 && message.result_int() >= 100) return;  // not the last one for us
  if (message.count(bhttp::field::transfer_encoding) > 0 && !message.chunked()) return;  // gzip and its like
  AnswerReader reader = read(text, text.size(), head_only, ended);
  if (!reader.done()) std::abort();
  const Response response = reader.take();
  if (response.status != static_cast<int>(message.result_int()) || response.body != message.body())
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const bool head_only = (data[0] & 1U) != 0;
  const bool ended = (data[0] & 2U) != 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  AnswerReader whole = read(text, size, head_only, ended);
  AnswerReader pieces = read(text, 1 + data[1] % 40, head_only, ended);
  if (whole.done() != pieces.done() || whole.error() != pieces.error() ||
      whole.keeps_connection() != pieces.keeps_connection())
    std::abort();
  if (whole.done() && !whole.error().empty()) std::abort();
  if (ended && !whole.done() && whole.error().empty()) std::abort();
  if (whole.error().find_first_of("\r\n") != std::string::npos) std::abort();
  const Response response = whole.take();
  const Response other = pieces.take();
  if (response.status != other.status || response.body != other.body || response.headers != other.headers)
    std::abort();
  if (response.status < 0 || response.status > 999 || response.body.size() > max_body) std::abort();
  for (const auto& [name, value] : response.headers) {
    if ((name + value).find_first_of(std::string_view("\n\0", 2)) != std::string::npos) std::abort();
  }
  compare_with_beast(text, head_only, ended);
  return 0;
}
