// Whatever a server names as the new place: a request goes to no other host, nor from https back to http, and
// what leads nowhere changes nothing.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "transport/http_redirect.hpp"
#include "transport/http_target.hpp"

namespace {

std::string_view host_of(std::string_view origin) {
  origin.remove_prefix(origin.find("://") + 3);
  const auto bracket = origin.find(']');
  return origin.substr(0, origin.find(':', bracket == origin.npos ? 0 : bracket));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::http;
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto cut = std::min(text.find('\n'), text.size());
  Request request;
  request.method = (data[0] & 1U) != 0 ? "POST" : "GET";
  request.url = text.substr(0, cut);
  request.secret_query = "key=hush";
  request.redirects_repeat = (data[0] & 2U) != 0;
  constexpr int statuses[] = {301, 302, 303, 307, 308, 200, 304, 399};
  const Response response{statuses[data[0] / 4 % 8],
                          {{"location", std::string(text.substr(std::min(cut + 1, text.size())))}},
                          {}};
  const auto from = parse_target(request.url);
  if (!from) return 0;
  const std::string before = request.url;
  if (!redirect(request, response)) {
    if (request.url != before || request.redirects != Request().redirects) std::abort();
    return 0;
  }
  const auto to = parse_target(request.url, request.secret_query);
  if (!to || request.redirects != Request().redirects - 1) std::abort();
  if (host_of(to->origin) != host_of(from->origin)) std::abort();
  if (from->origin.starts_with("https:") && !to->origin.starts_with("https:")) std::abort();
  const auto login = [](std::string_view url) {
    url.remove_prefix(url.find("://") + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    return url.substr(0, url.rfind('@') + 1);
  };
  if (login(request.url) != login(before)) std::abort();
  return 0;
}
