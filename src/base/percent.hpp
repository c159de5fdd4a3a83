// RFC 3986: what percent_encode() (base/encoding.hpp) did, undone. Pure.
#pragma once

#include <string>
#include <string_view>

namespace carillon {

// Every %XX becomes its byte, once ("%2541" is "%41"); a '%' that begins none stays as it is.
std::string percent_decode(std::string_view text);

}  // namespace carillon
