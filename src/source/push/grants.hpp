// What the senders of a push source may report. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.hpp"

namespace carillon::source::push {

// Each is a list of names, in which `*` stands for anything; nullopt: any.
struct Grants {
  std::optional<std::vector<std::string>> builders;
  // Also what sourcestamps name as `project`.
  std::optional<std::vector<std::string>> repositories;
};

// Why the event may not be reported: "builder.name: ..."; empty: it may. With `repositories` every
// repository and project that reporters would look at must be granted, one must be named, and what names a
// place of a report in another way (a Gerrit change by its number, say) is refused.
std::string refusal(const Grants& grants, const Event& event);

}  // namespace carillon::source::push
