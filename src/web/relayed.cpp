#include "web/relayed.hpp"

#include <boost/asio/ip/address.hpp>

#include "base/digest.hpp"
#include "web/connections.hpp"

namespace carillon::web {

void take_relayed(Head& head, const std::string& password) {
  const auto found = head.headers.find(relay_header);
  if (found == head.headers.end()) return;
  const std::string said = std::move(found->second);
  head.headers.erase(found);
  const auto space = said.find(' ');
  if (password.empty() || space == std::string::npos || !equal_secrets(said.substr(0, space), password))
    return;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(said.substr(space + 1), error);
  if (error) return;
  head.relayed = true;
  head.peer = address.to_string();
  head.address = address_of(address);
}

}  // namespace carillon::web
