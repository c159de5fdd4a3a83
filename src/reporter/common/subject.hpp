// Subjects with Python's %(name)s places. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace carillon::reporter {

// What is wrong with the format, for the user; empty when nothing is. Accepted: text, %%, and %(name)s with
// one of the names, also with a width and a precision ("%(builder)-20.10s").
std::string check_subject(std::string_view format, const std::vector<std::string>& names);

// Where nobody chose one.
inline constexpr const char* usual_subject = "Buildbot %(result)s in %(title)s on %(builder)s";

// " (build #42, attempt 2)", which follows the usual subject of a later try; "" of the first, and where the
// format is somebody's own.
std::string subject_mark(std::string_view format, const json::object& build);

// Fills in a format that check_subject() found right.
std::string fill_subject(std::string_view format,
                         const std::vector<std::pair<std::string, std::string>>& values);

}  // namespace carillon::reporter
