#include "transport/websocket_url.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "transport/http_target.hpp"

namespace carillon::websocket {

std::optional<Url> parse_url(std::string_view text) {
  std::string as_http(text);
  if (text.starts_with("ws:") || text.starts_with("wss:")) as_http.replace(0, 2, "http");
  const auto target = http::parse_target(as_http);
  if (!target) return std::nullopt;

  Url url;
  url.secure = target->origin.starts_with("https:");
  url.authority = target->origin.substr(target->origin.find("://") + 3);
  url.shown = (url.secure ? "wss://" : "ws://") + url.authority + target->path;
  const auto query = target->request.find('?');
  url.target = target->path + (query == std::string::npos ? "" : target->request.substr(query));

  const auto bracket = url.authority.find(']');
  const auto colon = url.authority.find(':', bracket == std::string::npos ? 0 : bracket);
  url.host = url.authority.substr(0, colon);
  url.port = url.secure ? "443" : "80";
  if (colon != std::string::npos && colon + 1 < url.authority.size()) {
    url.port = url.authority.substr(colon + 1);
    if (!std::all_of(url.port.begin(), url.port.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      return std::nullopt;
    }
  }
  if (url.host.starts_with('[') && url.host.ends_with(']'))
    url.host = url.host.substr(1, url.host.size() - 2);
  if (url.host.empty()) return std::nullopt;
  boost::system::error_code error;
  boost::asio::ip::make_address(url.host, error);
  url.numeric = !error;
  return url;
}

}  // namespace carillon::websocket
