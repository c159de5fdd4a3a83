#include "web/guesses.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace carillon::web {
namespace {

constexpr std::size_t known_tokens = 16;
constexpr int told_in_a_minute = 20;
constexpr std::size_t most_kinds = 7;  // of one address
constexpr std::string_view other_kinds = "\n";
constexpr std::chrono::minutes minute{1};

}  // namespace

Guesses::Suspect& Guesses::suspect(std::string_view address, Time now) {
  auto at = suspects_.find(address);
  if (at == suspects_.end()) {
    // Whoever has so many addresses is not kept from guessing by remembering one more.
    if (suspects_.size() >= limits_.addresses) suspects_.erase(suspects_.begin());
    at = suspects_.emplace(address, Suspect{}).first;
    at->second.full = now;
  }
  return at->second;
}

std::optional<std::chrono::seconds> Guesses::shut_out(std::string_view address, Time now) const {
  const auto at = suspects_.find(address);
  if (at == suspects_.end()) return std::nullopt;
  const auto allowed = at->second.full - limits_.every * (limits_.at_once - 1);
  if (allowed <= now) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(allowed - now);
}

void Guesses::wrong(std::string_view address, std::string_view token, Time now) {
  Suspect& one = suspect(address, now);
  if (token.empty()) return;
  const std::size_t hash = std::hash<std::string_view>()(token);
  if (std::find(one.known.begin(), one.known.end(), hash) != one.known.end()) return;
  one.known.push_back(hash);
  if (one.known.size() > known_tokens) one.known.pop_front();
  one.full = std::max(one.full, now) + limits_.every;
}

std::optional<std::string> Guesses::to_tell(std::string_view address, std::string_view kind, Time now) {
  auto& kinds = suspect(address, now).kinds;
  const bool is_one_more = kinds.size() >= most_kinds && !kinds.contains(kind);
  Suspect::Kind& one = kinds[is_one_more ? std::string(other_kinds) : std::string(kind)];
  ++one.untold;
  if (one.told && now - *one.told < minute) return std::nullopt;
  if (!telling_since_ || now - *telling_since_ >= minute) {
    telling_since_ = now;
    told_ = 0;
  }
  if (++told_ > told_in_a_minute) return std::nullopt;
  one.told = now;
  const std::uint64_t times = std::exchange(one.untold, 0);
  return times > 1 ? " (" + std::to_string(times) + " times since the last such line)" : "";
}

}  // namespace carillon::web
