#include "dashboard/answer.hpp"

#include <zlib.h>

#include <stdexcept>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t worth_compressing = 1000;

constexpr std::string_view policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

bool takes_gzip(const web::Head& head) {
  for (const std::string_view offered : words_of(header(head, "accept-encoding"), ",")) {
    const auto parts = words_of(offered, "; ");
    if (!parts.empty() && parts[0] == "gzip") return parts.size() == 1 || parts[1] != "q=0";
  }
  return false;
}

}  // namespace

std::string gzipped(std::string_view text) {
  z_stream stream{};
  constexpr int window_and_gzip = 15 + 16;
  if (deflateInit2(&stream, 6, Z_DEFLATED, window_and_gzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib cannot begin");
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  // zlib reads it only.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // NOLINT
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());  // NOLINT
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (ended != Z_STREAM_END) throw std::runtime_error("zlib cannot compress");
  return out;
}

web::Response tagged(web::Response response, const web::Head& head) {
  const std::string tag = "W/\"" + short_hash(response.body) + "\"";
  response.headers.emplace_back("ETag", tag);
  response.headers.emplace_back("Cache-Control", "private, no-cache");
  response.headers.emplace_back("Vary", "Accept-Encoding, Cookie, Authorization");
  if (response.status == 200 && header(head, "if-none-match").find(tag) != std::string_view::npos) {
    response.status = 304;
    response.body.clear();
    return response;
  }
  if (response.body.size() >= worth_compressing && takes_gzip(head)) {
    response.body = gzipped(response.body);
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
  return response;
}

void add_page_headers(web::Response& response) {
  response.headers.emplace_back("Content-Security-Policy", policy);
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "same-origin");
  response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.emplace_back("X-Robots-Tag", "noindex");
}

web::Response json_response(const json::value& body, const web::Head& head) {
  web::Response response;
  response.body = json::serialize(body) + "\n";
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  return tagged(std::move(response), head);
}

web::Response json_error(int status, std::string_view error, std::string_view hint) {
  json::object body;
  body["error"] = error;
  if (!hint.empty()) body["hint"] = hint;
  web::Response response;
  response.status = status;
  response.body = json::serialize(body) + "\n";
  return response;
}

web::Response redirect(std::string_view to) {
  web::Response response;
  response.status = 303;
  response.content_type = "text/plain; charset=utf-8";
  response.headers.emplace_back("Location", std::string(to));
  return response;
}

}  // namespace carillon::dashboard
