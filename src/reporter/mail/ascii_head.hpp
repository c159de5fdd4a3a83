// Mail for those who know ASCII only: domains (IDNA) and the header of a message. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::reporter::mail {

// "bücher.example" to "xn--bcher-kva.example" (UTS 46, without the transitional forms); what is ASCII stays
// as it is. Nullopt when the name can be no domain.
std::optional<std::string> ascii_domain(std::string_view domain);

struct AsciiHead {
  // The header, with the empty line that ends it.
  std::string text;
  // Bytes at the beginning of the message.
  std::size_t instead_of = 0;
};

// The header of a message of ours for a relay without SMTPUTF8: an address that holds more than ASCII becomes
// a group without members, whose name shows the address (RFC 6857 3.1.8). Nullopt when the header is ASCII.
std::optional<AsciiHead> ascii_head(std::string_view message);

}  // namespace carillon::reporter::mail
