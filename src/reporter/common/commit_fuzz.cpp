// Repositories and branches are what a build says they are; their parts become parts of URLs.
#include <cstdint>
#include <cstdlib>

#include "base/encoding.hpp"
#include "reporter/common/commit.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::reporter;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& found : {parse_repository_url(text), parse_project(text)}) {
    if (!found) continue;
    if (valid_utf8(found->full()) != found->full()) std::abort();
    if (found->owner.empty() || found->name.empty() || found->name.find('/') != std::string::npos)
      std::abort();
    if (found->name == ".." || found->owner.starts_with("../") ||
        found->full().find("/../") != std::string::npos)
      std::abort();
  }
  const auto number = pull_request_of(text);
  if (number && *number <= 0) std::abort();
  static_cast<void>(is_commit_hash(text));
  return 0;
}
