// The parts of a URL that a client has to know before it connects, and that may be shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon::http {

struct Target {
  // "https://host:port" as written, without user and password; in small letters.
  std::string origin;
  bool secure = false;
  // Of it, without the brackets of an IPv6 address.
  std::string host;
  // Of it, or the scheme's.
  std::string port;
  // "/a/b", at least "/"; without query.
  std::string path;
  // From '?' on, with secret_query; may be empty.
  std::string query;
  // What goes to the wire library: the URL without fragment, secret_query appended.
  std::string request;
  bool has_login = false;
  bool loopback = false;

  // "host:port", as in the origin.
  std::string_view authority() const;

  std::string shown() const { return origin + path; }
};

// nullopt: not an http or https URL, or one with blanks or control characters.
std::optional<Target> parse_target(std::string_view url, std::string_view secret_query = {});

}  // namespace carillon::http
