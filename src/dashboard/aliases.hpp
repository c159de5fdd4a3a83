// Names in addresses for those who may not read them: what stands in their place leads to the same page, and
// says nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon::dashboard {

class Aliases {
 public:
  // key: a secret; with the same key the same names have the same aliases.
  explicit Aliases(std::string_view key);

  // '~', then letters, digits, '-' and '_': the name, encrypted.
  std::string of(std::string_view name) const;
  // nullopt: nobody with this key has made it.
  std::optional<std::string> name_of(std::string_view alias) const;

 private:
  std::string mark_of(std::string_view name) const;
  std::string mixed(std::string_view mark, std::string_view text) const;

  // Of the mark and of what hides the name.
  std::string mark_key_;
  std::string stream_key_;
};

}  // namespace carillon::dashboard
