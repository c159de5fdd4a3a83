// The parts of a URL, as it is written. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon {

// Views into the text that was parsed: it outlives them.
struct Url {
  std::string_view scheme;
  // "user:password@"; may be empty.
  std::string_view login;
  // An IPv6 address in its brackets; may be empty ("file:///x").
  std::string_view host;
  // A number up to 65535; empty: none is given.
  std::string_view port;
  // From '/' on; may be empty.
  std::string_view path;
  // From '?' on; may be empty.
  std::string_view query;
  // From '#' on; may be empty.
  std::string_view fragment;

  // "SCHEME://..." with a host and port that RFC 3986 knows, and an IPv6 address may have a zone. Characters
  // that belong into no URL stand for themselves, as people and servers write them: blanks too. nullopt:
  // anything else.
  static std::optional<Url> parse(std::string_view text);

  // "host:port", without the login.
  std::string_view authority() const;

  // http or https, in small letters.
  bool is_http() const;
  // As it is given; else that of http, ws, https and wss; else empty.
  std::string_view known_port() const;
};

}  // namespace carillon
