#include "transport/http_target.hpp"

#include <algorithm>

#include "base/letters.hpp"

namespace carillon::http {
namespace {

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host.ends_with(".localhost") || host == "[::1]") return true;
  const auto numeric = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return host.starts_with("127.") && std::all_of(host.begin(), host.end(), numeric);
}

}  // namespace

std::optional<Target> parse_target(std::string_view url, std::string_view secret_query) {
  const auto unfit = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  if (std::any_of(url.begin(), url.end(), unfit)) return std::nullopt;
  if (std::any_of(secret_query.begin(), secret_query.end(), unfit)) return std::nullopt;
  url = url.substr(0, url.find('#'));
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const auto scheme = lower(url.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") return std::nullopt;

  const auto rest = url.substr(scheme_end + 3);
  const auto authority_end = std::min(rest.find_first_of("/?"), rest.size());
  auto authority = rest.substr(0, authority_end);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  const auto after_bracket = authority.find(']');
  const auto colon = authority.find(':', after_bracket == std::string_view::npos ? 0 : after_bracket);
  const auto host = lower(authority.substr(0, colon));
  if (host.empty()) return std::nullopt;

  Target target;
  target.origin = scheme + "://" + lower(authority);
  const auto path_and_query = rest.substr(authority_end);
  target.path = path_and_query.substr(0, path_and_query.find('?'));
  if (target.path.empty()) target.path = "/";
  target.loopback = is_loopback(host);
  target.request = url;
  if (!secret_query.empty()) {
    target.request += path_and_query.find('?') == std::string_view::npos ? '?' : '&';
    target.request += secret_query;
  }
  return target;
}

}  // namespace carillon::http
