#include "dashboard/aliases.hpp"

#include "base/digest.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t mark_size = 16;

}  // namespace

Aliases::Aliases(std::string_view key)
    : mark_key_(hmac_sha256(key, "mark")), stream_key_(hmac_sha256(key, "stream")) {}

// Made of the name, so that the same one has the same alias, and one that was changed is known (as in RFC
// 5297).
std::string Aliases::mark_of(std::string_view name) const {
  return hmac_sha256(mark_key_, name).substr(0, mark_size);
}

std::string Aliases::mixed(std::string_view mark, std::string_view text) const {
  std::string out(text);
  std::string block;
  for (std::size_t at = 0; at < out.size(); ++at) {
    const std::size_t in_block = at % 32;
    if (in_block == 0) block = hmac_sha256(stream_key_, std::string(mark) + std::to_string(at));
    out[at] =
        static_cast<char>(static_cast<unsigned char>(out[at]) ^ static_cast<unsigned char>(block[in_block]));
  }
  return out;
}

std::string Aliases::of(std::string_view name) const {
  const std::string mark = mark_of(name);
  return "~" + base64_url_encode(mark + mixed(mark, name));
}

std::optional<std::string> Aliases::name_of(std::string_view alias) const {
  if (!alias.starts_with('~')) return std::nullopt;
  const auto bytes = base64_url_decode(alias.substr(1));
  if (!bytes || bytes->size() < mark_size) return std::nullopt;
  const std::string_view mark = std::string_view(*bytes).substr(0, mark_size);
  std::string name = mixed(mark, std::string_view(*bytes).substr(mark_size));
  if (!equal_secrets(mark_of(name), mark)) return std::nullopt;
  return name;
}

}  // namespace carillon::dashboard
