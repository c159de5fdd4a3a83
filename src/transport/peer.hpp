// The other side of a connection.
#pragma once

#include <cstdint>
#include <string>

namespace carillon::net {

struct Peer {
  std::string host;  // a name or an address
  std::uint16_t port = 0;
  bool tls = false;    // from the first byte on
  bool verify = true;  // the certificate and its name
};

// "host:port", "[::1]:port".
std::string name_of(const Peer& peer);

}  // namespace carillon::net
