// A line of the log without its time. Pure.
#pragma once

#include <string>
#include <string_view>

namespace carillon {

// "courier: text", with control characters escaped so that data cannot forge a line.
std::string text_line(std::string_view where, std::string_view text);

// "part":"courier","message":"text": the members of a JSON object. What is no UTF-8 is made so.
std::string json_members(std::string_view where, std::string_view text);

}  // namespace carillon
