// Requests that another node of the same cluster passed on.
#pragma once

#include <string>
#include <string_view>

#include "web/message.hpp"

namespace carillon::web {

// In lower case. Its value: what nodes show one another, a space, the address of whoever asked.
inline constexpr std::string_view relay_header = "carillon-relay";

// Who asked is whom the other node says, where it shows the password; without one ("") nobody is believed.
// The header is taken out in any case.
void take_relayed(Head& head, const std::string& password);

}  // namespace carillon::web
