// What messages about several builds (`buildSetSummary`) have in common. Pure.
#pragma once

#include <string>

#include "message/formatter.hpp"
#include "reporter/builds.hpp"

namespace carillon::reporter {

// Whether the text is Carillon's own, and not that of a template of the configuration, which says itself how
// it follows another. formatter: that was used; null is none.
bool is_own_text(const settings::ObjectPtr& formatter, const message::Message& message);

// The text ends with an empty line.
void end_with_empty_line(std::string& text);

// The build that a link in the message leads to: the first that failed, or went wrong otherwise; else the
// first. builds: not empty.
const json::object& linked_build(const Builds& builds);

}  // namespace carillon::reporter
