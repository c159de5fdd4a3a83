#include "cli/known_names.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "settings/error.hpp"
#include "settings/nearest.hpp"

namespace carillon::cli {
namespace {

constexpr std::size_t most_listed = 10;

// With a guess, or else a short list.
[[noreturn]] void refuse_name(const std::string& what, const std::string& name,
                              const std::vector<std::string>& known) {
  std::string text = "there is no " + what + " '" + name + "'";
  if (const auto meant = settings::nearest(name, known)) {
    text += "; did you mean '" + *meant + "'?";
  } else if (!known.empty() && known.size() <= most_listed) {
    text += " (there are: " + joined(known, ", ") + ")";
  }
  throw settings::ConfigError(text);
}

}  // namespace

void require_reporter(store::Ledger& ledger, const server::RosterRecord& roster, const std::string& name) {
  std::vector<std::string> known = roster.known();
  for (std::string& one : ledger.reporters()) {
    if (std::ranges::find(known, one) == known.end()) known.push_back(std::move(one));
  }
  if (std::ranges::find(known, name) == known.end()) refuse_name("reporter", name, known);
}

void require_builder(store::Ledger& ledger, const std::string& name) {
  const std::vector<std::string> known = ledger.builders();
  if (std::ranges::find(known, name) == known.end()) refuse_name("builder", name, known);
}

std::string nothing_heard(store::Ledger& ledger, const std::string& build) {
  const std::string text = "nothing was heard of the build '" + build + "'";
  const auto name = parse_build_name(build);
  if (!name || name->builder.empty()) return text;
  if (const auto numbers = ledger.numbers_of(name->builder)) {
    const auto [first, last] = *numbers;
    const std::string of = "of '" + name->builder + "' ";
    if (first == last) return text + "; the only one " + of + "is " + std::to_string(first);
    return text + "; those " + of + "are " + std::to_string(first) + " to " + std::to_string(last);
  }
  const auto meant = settings::nearest(name->builder, ledger.builders());
  return meant ? text + "; did you mean the builder '" + *meant + "'?" : text;
}

}  // namespace carillon::cli
