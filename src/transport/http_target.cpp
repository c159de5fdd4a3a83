#include "transport/http_target.hpp"

#include <algorithm>

#include "base/letters.hpp"
#include "base/url.hpp"

namespace carillon::http {
namespace {

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host.ends_with(".localhost") || host == "::1") return true;
  const auto numeric = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return host.starts_with("127.") && std::all_of(host.begin(), host.end(), numeric);
}

bool has_blanks(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
}

}  // namespace

std::string_view Target::authority() const {
  return std::string_view(origin).substr(secure ? 8 : 7);
}

std::optional<Target> parse_target(std::string_view text, std::string_view secret_query) {
  if (has_blanks(text) || has_blanks(secret_query)) return std::nullopt;
  const auto url = Url::parse(text);
  if (!url || url->host.empty()) return std::nullopt;
  const std::string scheme = lower(url->scheme);
  if (scheme != "http" && scheme != "https") return std::nullopt;

  Target target;
  target.secure = scheme == "https";
  target.origin = scheme + "://" + lower(url->authority());
  target.host = lower(url->host);
  if (target.host.starts_with('[')) target.host = target.host.substr(1, target.host.size() - 2);
  target.port = url->known_port();
  target.path = url->path.empty() ? "/" : url->path;
  target.query = url->query;
  target.has_login = !url->login.empty();
  target.loopback = is_loopback(target.host);
  target.request = text.substr(0, text.size() - url->fragment.size());
  if (secret_query.empty()) return target;
  for (std::string* of : {&target.query, &target.request}) {
    *of += url->query.empty() ? '?' : '&';
    *of += secret_query;
  }
  return target;
}

}  // namespace carillon::http
