// Redirects: where a request goes on to, if it may. Pure.
#pragma once

#include "transport/http.hpp"

namespace carillon::http {

// Changes the request to where the answer leads, with one redirect less, when it may be followed (see
// Request). false: it may not, or the answer is none; then nothing has changed.
bool redirect(Request& request, const Response& response);

// What is left for a request that is to end by then; at least a millisecond.
std::chrono::milliseconds time_until(std::chrono::steady_clock::time_point deadline);

}  // namespace carillon::http
