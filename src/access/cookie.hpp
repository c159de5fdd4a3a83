// Cookies as browsers send them, and as they are told to keep them. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "web/message.hpp"

namespace carillon::access {

// The value of the cookie of that name; "": it is not there. Where it comes twice the first counts, which the
// browser thinks to be the closest.
std::string_view cookie_of(const web::Head& head, std::string_view name);

// What a browser keeps: it sends it to this host alone, never shows it to scripts, and sends it along from
// other sites only when a link is followed.
struct Cookie {
  std::string name;
  std::string value;
  // 0: forget it.
  std::chrono::seconds age{0};
  // Over https alone.
  bool secure = false;

  // For the header Set-Cookie.
  std::string text() const;
};

}  // namespace carillon::access
