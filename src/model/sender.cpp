#include "model/sender.hpp"

#include "base/text.hpp"
#include "model/build.hpp"

namespace carillon {
namespace {

// What stands between the mark and what happened.
std::string_view sender_from(std::string_view key, std::size_t mark) {
  const auto end = key.rfind('/');
  if (mark >= end) return {};  // also where there is none
  return key.substr(mark + 1, end - mark - 1);
}

// A builder's name may have the mark in it.
std::string_view sender_of_build(const Event& build) {
  const auto number = BuildView(build.body).number();
  std::string which(BuildView(build.body).builder().value_or(""));
  if (number) which += "/" + std::to_string(*number);
  const auto at = build.key.find(which);
  return at == std::string::npos ? "" : sender_from(build.key, build.key.find('@', at + which.size()));
}

}  // namespace

bool may_be_of(const Event& build, const Event& buildset) {
  const std::string_view told = sender_from(buildset.key, buildset.key.find('@'));
  if (told.empty()) return true;
  if (is_digits(told)) {
    const auto submitted = integer_at(build.body, "buildset.submitted_at");
    return !submitted || std::to_string(*submitted) == told;
  }
  const std::string_view sender = sender_of_build(build);
  return sender.empty() || sender == told;
}

}  // namespace carillon
