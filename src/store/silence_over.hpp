// The event of a silence's end. Pure.
#pragma once

#include <string>
#include <vector>

#include "store/journal.hpp"
#include "store/silences.hpp"

namespace carillon::store {

// Of no source, for those of the reporters that were held back; with the body that Silences::close_silence()
// tells of. Without decisions: none was.
NewEvent silence_over(const Silence& silence, const std::vector<HeldBack>& held,
                      const std::vector<std::string>& reporters, Millis now);

// Why a person cannot end it; empty where it can be.
std::string why_no_end(const std::optional<Silence>& silence, RowId id, Millis now);

// Of the text of a build's `builder`.
std::vector<std::string> tags_of_builder(const std::string& builder);

}  // namespace carillon::store
