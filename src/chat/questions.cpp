#include "chat/questions.hpp"

#include "base/encoding.hpp"
#include "chat/shell_words.hpp"

namespace carillon::chat {
namespace {

constexpr std::string_view prefix = "ask/";
constexpr Millis lifetime = Millis{24} * 3600 * 1000;
constexpr std::size_t max_asked = 10'000;

std::string key_of(const std::string& place, const std::string& person) {
  return std::string(prefix) + percent_encode(place) + "/" + percent_encode(person);
}

}  // namespace

Task<void> Questions::restore() {
  const Millis oldest = clock_.now() - lifetime;
  const auto kept = co_await memory_.recall_all(std::string(prefix));
  if (!kept) co_return failed(kept);
  for (const auto& [key, value] : *kept) {
    const json::object* object = value.if_object();
    if (object == nullptr) continue;
    const auto before = string_at(*object, "before");
    const auto at = integer_at(*object, "at");
    if (before && at && *at >= oldest) asked_.insert_or_assign(key, Asked{std::string(*before), *at});
  }
  co_return co_await memory_.forget(std::string(prefix), oldest);
}

Task<void> Questions::ask(const std::string& place, const std::string& person, std::string before) {
  const Millis now = clock_.now();
  std::erase_if(asked_, [&](const auto& one) { return one.second.at < now - lifetime; });
  if (asked_.size() >= max_asked) asked_.erase(asked_.begin());
  std::string key = key_of(place, person);
  json::value value{{"before", before}, {"at", now}};
  asked_.insert_or_assign(key, Asked{std::move(before), now});
  co_return co_await memory_.keep(std::move(key), std::move(value));
}

std::optional<std::string> Questions::answered(const std::string& place, const std::string& person,
                                               std::string_view text) const {
  const auto found = asked_.find(key_of(place, person));
  if (found == asked_.end() || found->second.at < clock_.now() - lifetime) return std::nullopt;
  return found->second.before + shell_quote(text);
}

Task<void> Questions::forget(const std::string& place, const std::string& person) {
  std::string key = key_of(place, person);
  if (asked_.erase(key) == 0) co_return ok();
  co_return co_await memory_.keep(std::move(key), nullptr);
}

}  // namespace carillon::chat
