// What `debug=True` logs of requests and their answers. No secret: known ones are masked, and so is the value
// of every member of JSON that is called a token, secret or password. Long contents are cut. Headers are not
// shown.
#pragma once

#include <string>
#include <string_view>

#include "reporter/environment.hpp"

namespace carillon::reporter {

// name: who sends it ("github"). request: "POST https://host/path", as it may be shown.
void log_request(const Environment& environment, std::string_view name, const std::string& request,
                 std::string_view content);
void log_answer(const Environment& environment, std::string_view name, const std::string& request,
                const Result<http::Response>& response);

// A content on one line, as the two show it.
std::string shown_content(const Log& log, std::string_view content);

}  // namespace carillon::reporter
