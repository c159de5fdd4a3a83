#include "dashboard/repeats.hpp"

#include "dashboard/answer.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t most_kept = 1000;
constexpr Millis kept_for = 86'400'000;

}  // namespace

Repeats::Turn::Turn(Repeats& repeats, Name name, std::string what, Millis now)
    : repeats_(repeats), name_(std::move(name)) {
  const auto found = repeats_.all_.find(name_);
  if (found != repeats_.all_.end() && found->second.answer && now - found->second.at > kept_for) {
    repeats_.forget(name_);
  } else if (found != repeats_.all_.end()) {
    const Kept& before = found->second;
    if (before.what != what) {
      known_ =
          json_error(422, "Idempotency-Key: was used for another request", "use a new key for each request");
    } else if (before.answer) {
      known_ = before.answer;
    } else {
      known_ = json_error(409, "Idempotency-Key: the first request with this key is still under way",
                          "ask again for its answer");
      known_->headers.emplace_back("Retry-After", "1");
    }
    return;
  }
  repeats_.all_.emplace(name_, Kept{now, std::move(what), std::nullopt});
}

Repeats::Turn::~Turn() {
  if (!known_ && !kept_) repeats_.forget(name_);
}

void Repeats::Turn::keep(const web::Response& answer, Millis now) {
  Kept& kept = repeats_.all_[name_];
  kept.at = now;
  kept.answer = answer;
  kept_ = true;
  repeats_.order_.push_back(name_);
  repeats_.make_room();
}

void Repeats::forget(const Name& name) {
  all_.erase(name);
  order_.remove(name);
}

void Repeats::make_room() {
  if (order_.size() <= most_kept) return;
  all_.erase(order_.front());
  order_.pop_front();
}

}  // namespace carillon::dashboard
