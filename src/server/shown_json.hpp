// A delivery as its target gets to see it, for programs and pages.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "reporter/reporter.hpp"

namespace carillon::server {

// The content where it is JSON; nullopt: it is something else.
std::optional<json::value> json_of(const reporter::Shown& shown);

// Members `how`, `form`, `content` (as it is sent), and `json` or `mail` {headers, type, text, attachments}.
json::object shown_json(const reporter::Shown& shown);

// Bytes of one text on a page.
inline constexpr std::size_t most_shown = 100'000;

// What takes secrets out of a text (Redactor).
using Redact = std::function<std::string(std::string_view)>;

// All texts of it without secrets.
json::value redacted(json::value value, const Redact& redact);

// shown_json() without secrets, and with at most most_shown bytes of each text; JSON that is longer is left
// out. Also `size`, the bytes of the content, and `cut`: whether anything is missing.
json::object bounded_json(const reporter::Shown& shown, const Redact& redact);

}  // namespace carillon::server
