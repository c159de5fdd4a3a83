#include "reporter/irc/irc_places.hpp"

namespace carillon::reporter::irc {

std::string Places::id_of(std::string_view name) const {
  std::string folded = support_.folded(name);
  // On a server that tells them apart these are two, each with its own id.
  const std::string exact = fold_ascii(name);
  const std::string* alike = nullptr;
  for (const std::string& one : configured_) {
    if (fold_ascii(one) == exact) return exact;
    if (alike == nullptr && support_.folded(one) == folded) alike = &one;
  }
  return alike != nullptr ? fold_ascii(*alike) : folded;
}

}  // namespace carillon::reporter::irc
