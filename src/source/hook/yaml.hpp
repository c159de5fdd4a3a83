// Documents in YAML, read by libyaml. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace carillon::source::hook {

// The documents in the text, as JSON: mappings are objects (of a key that is there twice the last counts;
// what
// "<<" names is merged in), null and true and false without quotes are what they say, and every other scalar
// is the text that stands there ("1.10" stays so). Anchors are followed. Failure (rejected): "line 3: WHY",
// for what is no YAML, keys that are no texts, and more than we read: 1 MiB, 100 levels, 100,000 values after
// anchors are followed, 10 documents.
Result<std::vector<json::value>> read_yaml(std::string_view text);

}  // namespace carillon::source::hook
