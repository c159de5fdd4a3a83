// The parts of a WebSocket URL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon::websocket {

struct Url {
  bool secure = false;
  std::string host;       // an IPv6 address without brackets
  std::string port;       // a number
  std::string authority;  // as the Host header has it
  std::string target;     // path and query
  std::string shown;      // for texts: without query, user and password
};

// ws, wss, http and https; nullopt for everything else.
std::optional<Url> parse_url(std::string_view text);

}  // namespace carillon::websocket
