// The ids under which the bot knows people, accounts and channels, whatever the server's way to compare them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reporter/irc/irc_names.hpp"

namespace carillon::reporter::irc {

// The configuration is read before any server says how it compares: what it names keeps fold_ascii() of the
// name as its id, and a name of the server gets that id when the server takes both for the same. All others
// have the server's folding.
class Places {
 public:
  explicit Places(std::vector<std::string> configured) : configured_(std::move(configured)) {}

  void server(Support support) { support_ = std::move(support); }
  const Support& support() const { return support_; }

  std::string id_of(std::string_view name) const;

 private:
  std::vector<std::string> configured_;
  Support support_;
};

}  // namespace carillon::reporter::irc
