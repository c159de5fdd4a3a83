// Where libcurl will connect to, and what it is told of the addresses there. Internal to curl_exchange.cpp.
#pragma once

#include <curl/curl.h>

#include <optional>
#include <string>

#include "transport/http_target.hpp"
#include "transport/lookup.hpp"

namespace carillon::http {

struct Place {
  // As libcurl looks it up: names of other scripts are encoded, IPv6 has no brackets.
  std::string host;
  std::string port;
};

// nullopt: nothing is to be looked up for it. It has an address already, goes by a proxy that the environment
// names (which may know more names than we do), or is no URL to libcurl, which will say why.
std::optional<Place> place_to_look_up(const Target& target);

// The addresses, for CURLOPT_RESOLVE: libcurl then looks up nothing. Empty: it knows no way to write them.
std::string resolve_line(const Place& place, const net::Addresses& addresses);

}  // namespace carillon::http
