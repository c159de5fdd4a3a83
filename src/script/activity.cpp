#include "script/activity.hpp"

namespace carillon::script {

Activity::Moment Activity::moment() const {
  const std::lock_guard lock(mutex_);
  Moment moment;
  moment.turn = turn_;
  moment.now = Clock::now();
  if (moment.busy()) moment.piece = moment.now - since_;
  moment.worked = worked_ + moment.piece;
  moment.held = held_ + moment.piece;
  moment.request = request_;
  moment.loads = loading_ != 0 && loading_ == request_;
  return moment;
}

bool Activity::still_at(const Moment& moment) const {
  const std::lock_guard lock(mutex_);
  return turn_ == moment.turn;
}

void Activity::begin(std::uint64_t request) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  end(now);
  since_ = now;
  request_ = request;
  ++turn_;
}

void Activity::end() {
  const std::lock_guard lock(mutex_);
  end(Clock::now());
}

void Activity::end(Clock::time_point now) {
  if (turn_ % 2 == 0) return;
  const auto spent = now - since_;
  worked_ += spent;
  if (spent > long_piece_) held_ += spent;
  ++turn_;
}

void Activity::leave() {
  const std::lock_guard lock(mutex_);
  turn_ = 0;
}

std::chrono::nanoseconds Activity::held() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

void Activity::take(std::uint64_t request, bool loads) {
  const std::lock_guard lock(mutex_);
  loading_ = loads ? request : 0;
}

}  // namespace carillon::script
