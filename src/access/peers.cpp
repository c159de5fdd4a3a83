#include "access/peers.hpp"

#include "base/text.hpp"
#include "web/connections.hpp"

namespace carillon::access {

Peers::Peers(const std::vector<std::string>& proxies) : some_(!proxies.empty()), proxies_(proxies) {}

bool Peers::is_proxy(std::string_view address) const {
  boost::system::error_code error;
  const auto parsed = net::asio::ip::make_address(address, error);
  return some_ && !error && proxies_.hold(parsed);
}

bool Peers::believed(const web::Head& head) const {
  return is_proxy(head.peer);
}

std::string Peers::address_of(const web::Head& head) const {
  if (!believed(head)) return head.address;
  const auto said = head.headers.find("x-forwarded-for");
  if (said == head.headers.end()) return head.address;
  auto hops = words_of(said->second, ", ");
  while (!hops.empty()) {
    boost::system::error_code error;
    const auto hop = net::asio::ip::make_address(hops.back(), error);
    if (error) break;  // what stands before it may be anybody's
    if (!is_proxy(hops.back())) return web::address_of(hop);
    hops.pop_back();
  }
  return head.address;
}

}  // namespace carillon::access
