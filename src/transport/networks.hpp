// Which addresses may be connected to.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <string>
#include <vector>

namespace carillon::net {

namespace asio = boost::asio;

// A list of networks. One that was not given any holds every address.
class Networks {
 public:
  Networks() = default;
  // Each "10.0.0.0/8" or "2001:db8::/32". Throws std::invalid_argument that names what is none.
  explicit Networks(const std::vector<std::string>& written);

  // An IPv4 address that is written as IPv6 ("::ffff:10.0.0.1") is the IPv4 address.
  bool hold(const asio::ip::address& address) const;
  bool hold_all() const { return v4_.empty() && v6_.empty(); }

 private:
  std::vector<asio::ip::network_v4> v4_;
  std::vector<asio::ip::network_v6> v6_;
};

// Why nothing is sent there: for the ledger.
std::string not_allowed(const asio::ip::address& address);

}  // namespace carillon::net
