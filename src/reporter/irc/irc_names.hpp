// What a server says of itself (005, ISUPPORT), and how it compares names. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::reporter::irc {

enum class CaseMapping { ascii, rfc1459, strict_rfc1459 };

// Lower case by the mapping: rfc1459 has []\~ as the upper case of {}|^, strict-rfc1459 without the last
// pair. Also for "rfc7613" and other words that we do not know: ascii.
std::string fold(std::string_view name, CaseMapping mapping);

// Lower case of A-Z alone: the finest comparison, whatever the server.
std::string fold_ascii(std::string_view name);

struct Support {
  // Until the server says otherwise.
  CaseMapping casemapping = CaseMapping::rfc1459;
  std::string chantypes = "#&";
  // The highest first.
  std::string prefix_modes = "ov";
  std::string prefix_symbols = "@+";
  // With a parameter, always.
  std::string list_modes = "beI";
  // Likewise.
  std::string key_modes = "k";
  // With a parameter when they are set.
  std::string limit_modes = "l";
  // 0: not said.
  std::size_t nick_length = 0;
  // The most channels of one JOIN, whatever the server says.
  std::size_t join_targets = 10;

  // The tokens of a line 005, without our nick and the text at its end. Unknown and broken ones are skipped.
  void read(const std::vector<std::string>& tokens);

  std::string folded(std::string_view name) const { return fold(name, casemapping); }
  bool is_channel(std::string_view name) const;
  // Whether these symbols ("@+") make somebody an operator: half-operators and everybody above.
  bool is_operator(std::string_view symbols) const;
};

// Whether a channel of this name can be asked for: no space, comma, control character and colon in front.
bool is_channel_name(std::string_view name);
// Likewise for a nick or a key; a nick has no !, @ and *, either.
bool is_nick(std::string_view name);
bool is_key(std::string_view key);

}  // namespace carillon::reporter::irc
