#include "transport/websocket_url.hpp"

#include "transport/http_target.hpp"

namespace carillon::websocket {

std::optional<Url> parse_url(std::string_view text) {
  std::string as_http(text);
  if (text.starts_with("ws:") || text.starts_with("wss:")) as_http.replace(0, 2, "http");
  const auto target = http::parse_target(as_http);
  if (!target) return std::nullopt;

  Url url;
  url.secure = target->secure;
  url.host = target->host;
  url.port = target->port;
  url.authority = target->authority();
  url.target = target->path + target->query;
  url.shown = (url.secure ? "wss://" : "ws://") + url.authority + target->path;
  return url;
}

}  // namespace carillon::websocket
