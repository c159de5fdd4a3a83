// URLs: what may be shown of one holds no password and no query, and nothing of it ends a line of a request.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/letters.hpp"
#include "base/url.hpp"
#include "transport/http_target.hpp"
#include "transport/websocket_url.hpp"

namespace {

bool plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c != 0x7F; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = Url::parse(text)) {
    std::string whole(url->scheme);
    whole.append("://").append(url->login).append(url->authority());
    whole.append(url->path).append(url->query).append(url->fragment);
    if (whole != text || url->authority().find('@') != std::string_view::npos) std::abort();
    if (!url->path.empty() && url->path.find_first_of("?#") != std::string_view::npos) std::abort();
  }
  if (const auto target = http::parse_target(text, "key=hush")) {
    if (!plain(target->origin) || target->origin.find('@') != std::string::npos) std::abort();
    if (!target->path.starts_with('/') || target->path.find('?') != std::string::npos) std::abort();
    if (target->shown().find("key=hush") != std::string::npos &&
        lower(text).find("key=hush") == std::string::npos)
      std::abort();
    if (target->host.empty() || target->port.empty() || !target->query.ends_with("key=hush")) std::abort();
    if (!plain(target->request) || !target->request.ends_with("key=hush")) std::abort();
    if (target->request.find('#') != std::string::npos) std::abort();
  }
  if (const auto url = websocket::parse_url(text)) {
    if (!plain(url->shown) || url->shown.find_first_of("?#") != std::string::npos) std::abort();
    if (url->host.empty() || !plain(url->authority) || !plain(url->target) || !url->target.starts_with('/'))
      std::abort();
    if (url->port.empty() || url->port.find_first_not_of("0123456789") != std::string::npos) std::abort();
    if (url->authority.find('@') != std::string::npos) std::abort();
  }
  return 0;
}
