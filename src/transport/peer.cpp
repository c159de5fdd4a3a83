#include "transport/peer.hpp"

namespace carillon::net {

std::string name_of(const Peer& peer) {
  const bool v6 = peer.host.find(':') != std::string::npos;
  return (v6 ? "[" + peer.host + "]" : peer.host) + ":" + std::to_string(peer.port);
}

}  // namespace carillon::net
