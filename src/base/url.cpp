#include "base/url.hpp"

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <functional>

#include "base/letters.hpp"

namespace carillon {
namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A letter in the place of each character that RFC 3986 does not know there.
void replace_unknown(std::string& text, std::size_t from, std::size_t to, std::string_view known_beside) {
  constexpr std::string_view everywhere = "-._~!$&'()*+,;=:";
  for (std::size_t i = from; i < to; ++i) {
    const char c = text[i];
    const bool known = is_alphanumeric(c) || everywhere.find(c) != std::string_view::npos ||
                       known_beside.find(c) != std::string_view::npos ||
                       (c == '%' && i + 2 < to && is_hex(text[i + 1]) && is_hex(text[i + 2]));
    if (!known) text[i] = 'x';
  }
}

// The address of "[fe80::1%eth0]" is none in RFC 3986: one of a version that it leaves open.
void replace_zone(std::string& text, std::size_t from, std::size_t to) {
  const auto zone = text.find('%', from);
  if (to - from < 6 || text[from] != '[' || zone >= to) return;
  const auto end = text.find(']', zone);
  if (end >= to) return;
  text.replace(from + 1, 3, "v1.");
  std::fill(text.begin() + static_cast<std::ptrdiff_t>(from) + 4,
            text.begin() + static_cast<std::ptrdiff_t>(end), 'x');
}

// The same length, its parts at the same places, in characters that a URL may have. It ends with the
// authority.
std::string in_known_characters(std::string_view text, std::size_t authority) {
  std::string known(text);
  const auto at = known.rfind('@');
  const auto host = at == std::string::npos || at < authority ? authority : at + 1;
  if (host > authority) replace_unknown(known, authority, host - 1, "");
  replace_zone(known, host, known.size());
  replace_unknown(known, host, known.size(), "[]");
  // Boost 1.81 takes the beginning of "127.0.0.1.example.org" for the host: a name it is, or an address, by
  // us.
  if (host < known.size() && is_alphanumeric(known[host])) known[host] = 'x';
  return known;
}

bool is_port(std::string_view port) {
  while (port.starts_with('0'))
    port.remove_prefix(1);
  return port.size() < 5 || (port.size() == 5 && port <= "65535");
}

// Sizes of the parts of "SCHEME://AUTHORITY": the login with its '@', the port with its ':'.
struct Beginning {
  std::size_t scheme = 0, login = 0, host = 0, port = 0;
};

std::optional<Beginning> parse_beginning(std::string_view text, std::size_t authority) {
  const std::string known = in_known_characters(text, authority);
  const auto parsed = boost::urls::parse_uri(known);
  // To Boost 1.81 a path may follow a port without a slash ("http://h:1:2/").
  if (!parsed || !parsed->has_authority() || !parsed->encoded_path().empty() ||
      !is_port({parsed->port().data(), parsed->port().size()}))
    return std::nullopt;
  Beginning parts;
  parts.scheme = parsed->scheme().size();
  parts.login = parsed->has_userinfo() ? parsed->encoded_userinfo().size() + 1 : 0;
  parts.host = parsed->encoded_host().size();
  parts.port = parsed->has_port() ? parsed->port().size() + 1 : 0;
  return parts;
}

// Each build names a few servers, and the next one names the same: what was parsed last is kept.
std::optional<Beginning> known_beginning(std::string_view text, std::size_t authority) {
  struct Kept {
    std::string text;
    Beginning parts;
  };
  constexpr std::size_t longest = 200;
  thread_local std::array<Kept, 16> all_kept;
  Kept& kept = all_kept[std::hash<std::string_view>()(text) % all_kept.size()];
  if (kept.text == text) return kept.parts;
  const auto parts = parse_beginning(text, authority);
  if (parts && text.size() <= longest) kept = {std::string(text), *parts};
  return parts;
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const auto authority_end = std::min(text.find_first_of("/?#", scheme_end + 3), text.size());
  const auto beginning = known_beginning(text.substr(0, authority_end), scheme_end + 3);
  if (!beginning) return std::nullopt;
  Url url;
  auto take = [rest = text](std::size_t size) mutable {
    const std::string_view part = rest.substr(0, size);
    rest.remove_prefix(part.size());
    return part;
  };
  url.scheme = take(beginning->scheme);
  take(3);
  url.login = take(beginning->login);
  url.host = take(beginning->host);
  url.port = take(beginning->port);
  if (!url.port.empty()) url.port.remove_prefix(1);
  const auto fragment = std::min(text.find('#', authority_end), text.size());
  const auto query = std::min(text.find('?', authority_end), fragment);
  url.path = take(query - authority_end);
  url.query = take(fragment - query);
  url.fragment = take(std::string_view::npos);
  return url;
}

std::string_view Url::authority() const {
  const char* const end = path.data();
  return {host.data(), static_cast<std::size_t>(end - host.data())};
}

bool Url::is_http() const {
  return scheme == "http" || scheme == "https";
}

std::string_view Url::known_port() const {
  if (!port.empty()) return port;
  if (same_letters(scheme, "http") || same_letters(scheme, "ws")) return "80";
  if (same_letters(scheme, "https") || same_letters(scheme, "wss")) return "443";
  return {};
}

}  // namespace carillon
