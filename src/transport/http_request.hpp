// What can be said of a request without a connection. Pure.
#pragma once

#include <string>
#include <string_view>

#include "transport/http.hpp"
#include "transport/http_target.hpp"

namespace carillon::http {

inline constexpr const char* user_agent = "carillon/" CARILLON_VERSION;

// "POST https://host/path: why", as every failure is told.
std::string about(const Request& request, const Target& target, std::string_view why);

// Whether requests of the method say how long their body is even when it is empty.
bool may_have_body(std::string_view method);

// Failure: rejected, for what is no URL or would break the header.
Result<Target> checked_target(const Request& request);

// Whether an answer that did not come as a whole is one all the same (Request::needs_body).
bool is_enough(const Request& request, const Response& response);

// Where a request goes that needs nothing but a TCP connection.
struct Plain {
  // Without the brackets of an IPv6 address.
  std::string host;
  std::string port;
  // From the request line to the empty line.
  std::string head;
};

// Whether the environment may name a proxy for it, as libcurl reads it.
bool proxy_named(const Target& target);

// nullopt: it needs more than that: TLS, Digest, user and password in the URL, a proxy that the environment
// may name, a large body (whose answer may come before it is sent). The target is the request's own.
std::optional<Plain> plain(const Request& request, const Target& target);

}  // namespace carillon::http
