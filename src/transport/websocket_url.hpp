// The parts of a WebSocket URL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon::websocket {

struct Url {
  bool secure = false;
  // An IPv6 address without brackets.
  std::string host;
  // A number.
  std::string port;
  // As the Host header has it.
  std::string authority;
  // Path and query.
  std::string target;
  // For texts: without query, user and password.
  std::string shown;
};

// ws, wss, http and https; nullopt for everything else.
std::optional<Url> parse_url(std::string_view text);

}  // namespace carillon::websocket
