#include "base/xml.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace carillon {

Result<pugi::xml_document> read_xml(std::string_view text) {
  if (trim(text).empty()) return rejected("the body is empty");
  // What takes memory: tags, and attributes.
  if (static_cast<std::size_t>(std::ranges::count(text, '<')) > 2 * most_elements ||
      static_cast<std::size_t>(std::ranges::count(text, '=')) > 4 * most_elements)
    return rejected("has more than " + std::to_string(most_elements) + " elements");
  constexpr unsigned options =
      pugi::parse_escapes | pugi::parse_wconv_attribute | pugi::parse_eol | pugi::parse_doctype;
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(text.data(), text.size(), options);
  if (!parsed)
    return rejected(std::string("not XML: ") + parsed.description() + " at byte " +
                    std::to_string(parsed.offset + 1));
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_doctype) return rejected("has a document type (DTD), which is not read");
  }
  return document;
}

std::string_view element_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace carillon
