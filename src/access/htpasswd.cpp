#include "access/htpasswd.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace carillon::access {
namespace {

constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_hash = 383;  // CRYPT_OUTPUT_SIZE

// yescrypt, gost-yescrypt, scrypt, bcrypt, SHA-256, SHA-512.
constexpr std::array<std::string_view, 8> good_kinds = {"$y$",  "$gy$", "$7$", "$2y$",
                                                        "$2b$", "$2a$", "$5$", "$6$"};
constexpr std::string_view what_to_do =
    "; make a line with `carillon user hash NAME` (or `htpasswd -nB NAME`)";

std::string complaint_about(std::string_view hash) {
  if (hash.starts_with("$apr1$") || hash.starts_with("$1$"))
    return "is hashed with MD5, which is guessed fast";
  if (hash.starts_with("{SHA}") || hash.starts_with("{SSHA}"))
    return "is hashed with SHA-1, which is guessed fast";
  if (hash.starts_with('!') || hash.starts_with('*')) return "is locked";
  if (!hash.starts_with('$')) return "stands there in clear, or is hashed with DES";
  return "is hashed in a way that is not known here";
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_name &&
         std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_hash(std::string_view hash) {
  return hash.size() <= longest_hash &&
         std::ranges::any_of(good_kinds, [&](std::string_view kind) { return hash.starts_with(kind); }) &&
         std::ranges::all_of(hash, [](char c) { return c > ' ' && c < 0x7f && c != ':' && c != '*'; });
}

// Empty: it is well.
std::string read_line(std::string_view line, Accounts& accounts) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return "there is no ':' between a name and a hash";
  const std::string_view name = line.substr(0, colon);
  if (!is_name(name) || trim(name) != name) return "what stands before the ':' is not a name";
  std::string_view hash = trim(line.substr(colon + 1));
  if (const auto more = hash.find(':'); more != std::string_view::npos) hash = hash.substr(0, more);
  if (!is_hash(hash))
    return std::string(name) + ": the password " + complaint_about(hash) + std::string(what_to_do);
  if (!accounts.hashes.try_emplace(std::string(name), hash).second)
    return std::string(name) + ": comes twice; the first line counts";
  return {};
}

}  // namespace

Accounts parse_accounts(std::string_view text) {
  Accounts accounts;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (is_blank(line) || line.starts_with('#')) continue;
    if (const std::string wrong = read_line(line, accounts); !wrong.empty())
      accounts.complaints.push_back(std::to_string(number) + ": " + wrong);
  }
  return accounts;
}

}  // namespace carillon::access
