// RFC 3986: what percent_encode() (base/encoding.hpp) did, undone; and names as parts of paths. Pure.
#pragma once

#include <string>
#include <string_view>

namespace carillon {

// Every %XX becomes its byte, once ("%2541" is "%41"); a '%' that begins none stays as it is.
std::string percent_decode(std::string_view text);

// A name as one part of a path of ours, encoded. Browsers fold "." and ".." away, also where they are
// encoded: these are "~." and "~..", and a name that would be read as one of those has one '~' more.
std::string path_part(std::string_view name);
// Its inverse, for a part that is decoded already.
std::string name_of_part(std::string_view part);

}  // namespace carillon
