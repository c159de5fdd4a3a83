// Documents in XML, read by pugixml. Pure.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace carillon {

inline constexpr std::size_t most_elements = 1'000'000;

// A document of elements, in any encoding that it names. Of entities only those that XML itself has are
// known. Failure (rejected): no XML and at which byte, a document type (DTD), or more than most_elements.
Result<pugi::xml_document> read_xml(std::string_view text);

// The element's name without its namespace.
std::string_view element_name(const pugi::xml_node& node);

}  // namespace carillon
