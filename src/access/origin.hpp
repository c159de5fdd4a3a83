// Whether a request comes from our own pages, and whom it believes to ask. Pure.
#pragma once

#include <string>
#include <string_view>

#include "web/message.hpp"

namespace carillon::access {

// "localhost", an address of the loopback (also "[::1]"), or a name below "localhost".
bool is_loopback(std::string_view host);

// Of "http://Host:80/path" the origin as browsers write it: "http://host"; "" where it has none.
std::string origin_of(std::string_view url);

// "host" of the header Host, without its port, in lower case; "" where there is none.
std::string host_of(const web::Head& head);

enum class Origin {
  ours,
  // A page of another site, or one of which the browser does not say more.
  foreign,
  // Nothing is said: no browser of today posts so.
  unsaid,
};

// url: where others see us (c['www']['url']), may be empty. By Sec-Fetch-Site; without it Origin must be
// ours, or be at the host that is asked.
Origin origin_of(const web::Head& head, std::string_view url);

}  // namespace carillon::access
