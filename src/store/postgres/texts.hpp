// Texts as PostgreSQL takes them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace carillon::store::postgres {

// Whether it is UTF-8 without NUL.
bool is_clean(std::string_view text);

// PostgreSQL keeps neither NUL nor what is no UTF-8: each such becomes U+FFFD.
std::string clean(std::string_view text);

// The same for what an index holds: a text longer than some hundred bytes is cut, and ends with its own
// digest, so that it is still equal to nothing but itself.
std::string clean_key(std::string_view text);

}  // namespace carillon::store::postgres
