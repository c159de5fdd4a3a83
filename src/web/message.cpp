#include "web/message.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>

namespace carillon::web {

std::string_view header(const Head& head, std::string_view name) {
  const auto found = head.headers.find(name);
  return found == head.headers.end() ? std::string_view() : std::string_view(found->second);
}

Response error_response(int status, std::string_view text) {
  boost::json::object body;
  body["error"] = text;
  Response response;
  response.status = status;
  response.body = boost::json::serialize(body) + "\n";
  return response;
}

Response busy_response(int status, std::string_view text, std::chrono::seconds retry_after) {
  Response response = error_response(status, text);
  const auto seconds = std::max<std::int64_t>(retry_after.count(), 1);
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

}  // namespace carillon::web
