// The pull request in a URL: a path that goes nowhere else on the server.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "reporter/bitbucket/pull_request.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::reporter::bitbucket;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto path = pull_request_path(text);
  if (!path) return 0;
  if (!path->starts_with("projects/") && !path->starts_with("users/")) std::abort();
  if (std::count(path->begin(), path->end(), '/') != 5) std::abort();
  const auto number = path->substr(path->rfind('/') + 1);
  if (number.empty() || number.find_first_not_of("0123456789") != std::string::npos) std::abort();
  if (path->find("/../") != std::string::npos || path->find("/./") != std::string::npos) std::abort();
  const bool plain =
      std::all_of(path->begin(), path->end(), [](unsigned char c) { return c > 0x20 && c != 0x7F; });
  if (!plain || path->find_first_of("?#") != std::string::npos) std::abort();
  if (pull_request_path("https://bb/" + *path) != path) std::abort();
  return 0;
}
