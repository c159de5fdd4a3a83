// The parts of a URL that a client has to know before it connects, and that may be shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon::http {

struct Target {
  std::string origin;  // "https://host:port" as written, without user and password; in small letters
  bool secure = false;
  std::string host;     // of it, without the brackets of an IPv6 address
  std::string port;     // of it, or the scheme's
  std::string path;     // "/a/b", at least "/"; without query
  std::string query;    // from '?' on, with secret_query; may be empty
  std::string request;  // what goes to the wire library: the URL without fragment, secret_query appended
  bool has_login = false;
  bool loopback = false;

  std::string_view authority() const;  // "host:port", as in the origin

  std::string shown() const { return origin + path; }
};

// nullopt: not an http or https URL, or one with blanks or control characters.
std::optional<Target> parse_target(std::string_view url, std::string_view secret_query = {});

}  // namespace carillon::http
