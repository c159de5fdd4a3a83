// Subjects with Python's %(name)s places. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon::reporter {

// What is wrong with the format, for the user; empty when nothing is. Accepted: text, %%, and %(name)s with
// one of the names, also with a width and a precision ("%(builder)-20.10s").
std::string check_subject(std::string_view format, const std::vector<std::string>& names);

// Fills in a format that check_subject() found right.
std::string fill_subject(std::string_view format,
                         const std::vector<std::pair<std::string, std::string>>& values);

}  // namespace carillon::reporter
