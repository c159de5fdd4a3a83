// What is made of one configuration: the parts that tell who asks.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "access/cookie.hpp"
#include "access/openid.hpp"
#include "access/passwords.hpp"
#include "access/peers.hpp"
#include "access/roles.hpp"
#include "access/tokens.hpp"
#include "settings/configuration.hpp"

namespace carillon::access {

struct House {
  settings::WebAccess settings;
  // Where others see it; may be empty.
  std::string url;
  Roles roles;
  Tokens tokens;
  Peers peers;
  // Nothing is said of who may what: everybody on the loopback may read.
  bool open = false;
  // At most one of the two.
  std::shared_ptr<Passwords> passwords;
  std::shared_ptr<OpenId> openid;
  // Of logging in; empty: nobody does. Sessions of another one do not count.
  std::string by;
  // Cookies go over https alone.
  bool secure = false;

  const settings::ForwardedUser* forwarded() const {
    return std::get_if<settings::ForwardedUser>(&settings.auth);
  }
  // "" is that of the session. A browser keeps one of "__Host-" only when it came so over https.
  std::string cookie_name(std::string_view what = {}) const;
  // With that value; an empty one is forgotten.
  std::string cookie(std::string_view what, const std::string& value, std::chrono::seconds age) const;
};

// Whether everybody who reaches the server is on this machine: it listens on the loopback, and is not said to
// be seen from elsewhere.
bool is_local(const settings::Configuration& configuration);

}  // namespace carillon::access
