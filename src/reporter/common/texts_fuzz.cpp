// URLs of users and masters: what is shown of one holds no query, fragment or password.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "reporter/common/texts.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::reporter;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string shown = shown_url(text);
  if (shown.find_first_of("?#") != std::string::npos || shown.size() > text.size()) std::abort();
  if (shown_url(shown) != shown) std::abort();
  if (!is_http_url(text)) return 0;
  const auto scheme = shown.find("://");
  if (scheme == std::string::npos) std::abort();
  const std::string authority = shown.substr(scheme + 3, shown.find('/', scheme + 3) - scheme - 3);
  if (authority.find('@') != std::string::npos) std::abort();
  return 0;
}
