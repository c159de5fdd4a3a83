// The other side of a connection.
#pragma once

#include <cstdint>
#include <string>

namespace carillon::net {

struct Peer {
  // A name or an address.
  std::string host;
  std::uint16_t port = 0;
  // From the first byte on.
  bool tls = false;
  // The certificate and its name.
  bool verify = true;
};

// "host:port", "[::1]:port".
std::string name_of(const Peer& peer);

}  // namespace carillon::net
