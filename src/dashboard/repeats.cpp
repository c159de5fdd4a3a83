#include "dashboard/repeats.hpp"

#include "dashboard/answer.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t most_kept = 1000;
constexpr Millis kept_for = 86'400'000;

}  // namespace

std::optional<web::Response> Repeats::known(const std::string& who, const std::string& key,
                                            const std::string& what, Millis now) {
  const auto found = answers_.find({who, key});
  if (found == answers_.end() || now - found->second.at > kept_for) return std::nullopt;
  if (found->second.what != what)
    return json_error(422, "Idempotency-Key: was used for another request", "use a new key for each request");
  return found->second.answer;
}

void Repeats::keep(const std::string& who, const std::string& key, const std::string& what,
                   const web::Response& answer, Millis now) {
  Name name(who, key);
  if (answers_.insert_or_assign(name, Kept{now, what, answer}).second) order_.push_back(std::move(name));
  if (order_.size() <= most_kept) return;
  answers_.erase(order_.front());
  order_.pop_front();
}

}  // namespace carillon::dashboard
