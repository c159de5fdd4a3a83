// The short way for what needs nothing but TCP: most of what libcurl does for a request is for others.
#pragma once

#include <memory>

#include "transport/http.hpp"

namespace carillon::http {

// Sends requests for which http_request.hpp's plain() has an answer itself, over connections that it keeps
// open, and hands all others on. For a third of the CPU time: doc/decisions/0018-plain-http.md.
std::unique_ptr<Client> make_plain_client(std::unique_ptr<Client> other);

}  // namespace carillon::http
