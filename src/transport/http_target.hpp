// The parts of a URL that a client has to know before it connects, and that may be shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon::http {

struct Target {
  std::string origin;   // "https://host:port" as written, without user and password
  std::string path;     // "/a/b", at least "/"; without query
  std::string request;  // what goes to the wire library: the URL without fragment, secret_query appended
  bool loopback = false;

  std::string shown() const { return origin + path; }
};

// nullopt: not an http or https URL, or one with blanks or control characters.
std::optional<Target> parse_target(std::string_view url, std::string_view secret_query = {});

}  // namespace carillon::http
