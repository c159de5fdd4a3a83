// What the APIs of forges have in common. Pure.
#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "transport/http.hpp"

namespace carillon::source::hook {

// The text of a file of a repository: {"encoding": "base64", "content": ...}. Failure (rejected): it is a
// folder, or has more than the API yields.
Result<std::string> text_of_file(const json::value& answer);

// Why it was refused, on one line: {"message": "..."}; of other bodies http::shown_answer().
std::string message_of(const http::Response& answer);

}  // namespace carillon::source::hook
