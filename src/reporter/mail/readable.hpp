// A message as people read it: what mime.hpp wrote, decoded. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon::reporter::mail {

struct Readable {
  struct File {
    std::string name;
    // Bytes.
    std::size_t size = 0;
  };
  // In order, unfolded, encoded words decoded.
  std::vector<std::pair<std::string, std::string>> fields;
  // Of the text.
  std::string type = "text/plain";
  // Lines end in LF.
  std::string text;
  std::vector<File> files;

  // The value of the first field of that name (in lower case); empty when there is none.
  std::string_view field(std::string_view name) const;
};

// Never fails: what cannot be decoded is shown as it is.
Readable read_message(std::string_view message);

}  // namespace carillon::reporter::mail
