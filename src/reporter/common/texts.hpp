// Small texts that several reporters need. Pure.
#pragma once

#include <string>
#include <string_view>

#include "model/event.hpp"

namespace carillon::reporter {

// "build #7 of linux started", "build #7, attempt 2, of linux: failure", or "request for linux waits": for
// the ledger.
std::string build_summary(const json::object& build);

// The URL without user, password, query and fragment: for the ledger and the log. Of what is none only what
// cannot be secret.
std::string shown_url(std::string_view text);

// Whether it is a URL that begins with http:// or https:// and names a host.
bool is_http_url(std::string_view text);

}  // namespace carillon::reporter
