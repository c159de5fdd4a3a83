#include "transport/networks.hpp"

#include <algorithm>
#include <stdexcept>

namespace carillon::net {

Networks::Networks(const std::vector<std::string>& written) {
  for (const std::string& one : written) {
    boost::system::error_code not_v4;
    boost::system::error_code not_v6;
    const auto v4 = asio::ip::make_network_v4(one, not_v4);
    const auto v6 = asio::ip::make_network_v6(one, not_v6);
    if (not_v4 && not_v6) throw std::invalid_argument("'" + one + "' is not a network");
    if (not_v4) {
      v6_.push_back(v6.canonical());
    } else {
      v4_.push_back(v4.canonical());
    }
  }
}

bool Networks::hold(const asio::ip::address& address) const {
  if (hold_all()) return true;
  if (address.is_v6() && !address.to_v6().is_v4_mapped()) {
    const asio::ip::address_v6 plain(address.to_v6().to_bytes());  // without its scope
    return std::ranges::any_of(v6_, [&](const asio::ip::network_v6& network) {
      return asio::ip::network_v6(plain, network.prefix_length()).canonical() == network;
    });
  }
  const auto v4 = address.is_v4() ? address.to_v4() : make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return std::ranges::any_of(v4_, [&](const asio::ip::network_v4& network) {
    return asio::ip::network_v4(v4, network.prefix_length()).canonical() == network;
  });
}

std::string not_allowed(const asio::ip::address& address) {
  return address.to_string() + " is not in allowedNetworks";
}

}  // namespace carillon::net
