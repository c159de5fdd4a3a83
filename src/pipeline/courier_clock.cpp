// The courier's times are of the clock on the wall; this is what it does when somebody sets that.
#include <unordered_set>

#include "pipeline/courier.hpp"

namespace carillon::pipeline {
namespace {

constexpr Millis clock_step = 5000;  // more since the last look: it was put forward, or the machine slept

}  // namespace

asio::awaitable<void> Courier::follow_clock() {
  const Millis now = clock_.now();
  const Millis before = std::exchange(last_seen_, now);
  const Millis back = before - now;
  if (before == 0 || (back <= 0 && -back < clock_step)) co_return;
  if (back > 0) put_back(back);
  for (auto& [name, desk] : desks_)
    pump(*desk);
  if (back <= 0) co_return;
  log_.warning("courier", "the clock was put back by " + std::to_string(back / 1000) + " s");
  const auto pauses = co_await store_.pauses();
  if (!pauses) co_return;
  for (store::Pause pause : *pauses) {
    if (pause.until <= now) continue;
    pause.until -= back;
    const Result<void> kept = co_await store_.set_pause(std::move(pause));
    if (!kept) log_.error("courier", "cannot store when a pause ends: " + kept.error().what);
  }
}

void Courier::put_back(Millis by) {
  std::unordered_set<Account*> accounts;
  for (auto& [name, desk] : desks_) {
    desk->queues.put_back(by);
    desk->probe_at -= by;
    accounts.insert(desk->account.get());
  }
  for (Account* account : accounts) {
    account->paused_until -= by;
    account->gentle_until -= by;
    account->next_send -= by;
  }
}

}  // namespace carillon::pipeline
