// The style sheet, the script and the icon, as they are compiled in.
#pragma once

#include <span>
#include <string_view>

namespace carillon::dashboard {

struct StaticFile {
  // "base.css".
  std::string_view name;
  // With a digest of the content: below /static/, and kept for ever by browsers.
  std::string_view address;
  std::string_view content;
};

std::span<const StaticFile> static_files();

}  // namespace carillon::dashboard
