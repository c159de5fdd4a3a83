// What people say of why they do something, and who they are: for the log, lists and messages. Pure.
#pragma once

#include <string>
#include <string_view>

namespace carillon::rule {

// In characters.
inline constexpr std::size_t longest_reason = 200;

// What is wrong with it, with the name of its field: it is too long, has several lines, or characters that
// nobody sees (base/visible.hpp). Empty: nothing, also where there is none.
std::string wrong_reason(std::string_view field, std::string_view text);

}  // namespace carillon::rule
