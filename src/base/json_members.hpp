// What a parsed JSON object does not tell any more.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon {

// The first member that its object has twice, with the path to it ("filter.reporter"); of both, a parsed
// object keeps the last one only. nullopt: there is none. Of text that is no JSON: those up to where it
// breaks.
std::optional<std::string> doubled_member(std::string_view json);

}  // namespace carillon
