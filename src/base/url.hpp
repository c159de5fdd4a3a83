// The parts of a URL, as it is written. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon {

// Views into the text that was parsed: it outlives them.
struct Url {
  std::string_view scheme;
  std::string_view login;     // "user:password@"; may be empty
  std::string_view host;      // an IPv6 address in its brackets; may be empty ("file:///x")
  std::string_view port;      // a number up to 65535; empty: none is given
  std::string_view path;      // from '/' on; may be empty
  std::string_view query;     // from '?' on; may be empty
  std::string_view fragment;  // from '#' on; may be empty

  // "SCHEME://..." with a host and port that RFC 3986 knows, and an IPv6 address may have a zone. Characters
  // that belong into no URL stand for themselves, as people and servers write them: blanks too. nullopt:
  // anything else.
  static std::optional<Url> parse(std::string_view text);

  std::string_view authority() const;  // "host:port", without the login

  bool is_http() const;                 // http or https, in small letters
  std::string_view known_port() const;  // as it is given; else that of http, ws, https and wss; else empty
};

}  // namespace carillon
