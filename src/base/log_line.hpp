// A line of the log without its time. Pure.
#pragma once

#include <string>
#include <string_view>

namespace carillon {

// "courier: text", with CR and LF escaped, so that data cannot forge a line, and '?' for all else that plays
// with a terminal (base/visible.hpp). What is no UTF-8 is made so.
std::string text_line(std::string_view where, std::string_view text);

// "part":"courier","message":"text": the members of a JSON object. What is no UTF-8 is made so.
std::string json_members(std::string_view where, std::string_view text);

}  // namespace carillon
