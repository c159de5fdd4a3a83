// Which changes a build is about, whatever its properties hold: parts of commands and of URLs.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "reporter/gerrit/gerrit_change.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::reporter::gerrit;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string part = path_of_id(text);
  const bool safe = std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~%").find(c) != std::string_view::npos;
  });
  if (!safe || path_of_id(part) != part) std::abort();
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return 0;
  for (const json::object& build : {value.get_object(), json::object{{"properties", value}}}) {
    const Patches patches = patches_of(build);
    if (patches.found.empty() == patches.reason.empty()) std::abort();
    for (const Patch& patch : patches.found) {
      if (patch.project.empty() || patch.revision.empty() || patch.revision.front() == '-') std::abort();
      if (patch.revision.find_first_of(" \t\r\n'\"\\") != std::string::npos) std::abort();
    }
    const RevisionPaths paths = revisions_of(build);
    if (paths.found.empty() && paths.reason.empty()) std::abort();
    for (const RevisionPath& path : paths.found) {
      if (path.change.empty() || path.revision.empty()) std::abort();
    }
  }
  return 0;
}
