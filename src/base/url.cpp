#include "base/url.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

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

// A text of the same length that has its parts at the same places, in characters that a URL may have.
std::string in_known_characters(std::string_view text, std::size_t authority) {
  std::string known(text);
  const auto rest = std::min(known.find_first_of("/?#", authority), known.size());
  const auto at = known.substr(0, rest).rfind('@');
  const auto host = at == std::string::npos || at < authority ? authority : at + 1;
  if (host > authority) replace_unknown(known, authority, host - 1, "");
  replace_zone(known, host, rest);
  replace_unknown(known, host, rest, "[]");
  // Boost 1.81 takes the beginning of "127.0.0.1.example.org" for the host: a name it is, or an address, by
  // us.
  if (host < rest && is_alphanumeric(known[host])) known[host] = 'x';
  const auto fragment = std::min(known.find('#', rest), known.size());
  replace_unknown(known, rest, fragment, "/?@");
  if (fragment < known.size()) replace_unknown(known, fragment + 1, known.size(), "/?@");
  return known;
}

bool is_port(std::string_view port) {
  while (port.starts_with('0'))
    port.remove_prefix(1);
  return port.size() < 5 || (port.size() == 5 && port <= "65535");
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const std::string known = in_known_characters(text, scheme_end + 3);
  const auto parsed = boost::urls::parse_uri(known);
  if (!parsed || !parsed->has_authority() || !is_port({parsed->port().data(), parsed->port().size()}))
    return std::nullopt;
  Url url;
  auto take = [rest = text](std::size_t size) mutable {
    const std::string_view part = rest.substr(0, size);
    rest.remove_prefix(part.size());
    return part;
  };
  url.scheme = take(parsed->scheme().size());
  take(3);
  url.login = take(parsed->has_userinfo() ? parsed->encoded_userinfo().size() + 1 : 0);
  url.host = take(parsed->encoded_host().size());
  url.port = take(parsed->has_port() ? parsed->port().size() + 1 : 0);
  if (!url.port.empty()) url.port.remove_prefix(1);
  url.path = take(parsed->encoded_path().size());
  url.query = take(parsed->has_query() ? parsed->encoded_query().size() + 1 : 0);
  url.fragment = take(std::string_view::npos);
  // To Boost 1.81 a path may follow a port without a slash ("http://h:1:2/").
  if (!url.path.empty() && !url.path.starts_with('/')) return std::nullopt;
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
