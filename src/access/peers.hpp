// Who is at the other end of a connection, and whether it is believed what it says of others. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "transport/networks.hpp"
#include "web/message.hpp"

namespace carillon::access {

class Peers {
 public:
  // proxies: each "ADDRESS/PREFIX"; none: nobody is believed.
  explicit Peers(const std::vector<std::string>& proxies = {});

  // Whether the socket's other end is one of them.
  bool believed(const web::Head& head) const;

  // As limits and the log know who asks: of a proxy that is believed the last one in X-Forwarded-For that is
  // no such proxy; else the socket's.
  std::string address_of(const web::Head& head) const;

 private:
  bool is_proxy(std::string_view address) const;

  bool some_;
  net::Networks proxies_;
};

}  // namespace carillon::access
