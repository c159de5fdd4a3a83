// The courier's times are of the clock on the wall; this is what it does when somebody sets that.
#include <cstdlib>
#include <unordered_set>

#include "pipeline/courier.hpp"

namespace carillon::pipeline {
namespace {

constexpr Millis clock_step = 5000;  // more since the last look: it was put forward, or the machine slept
constexpr Millis seen_time_kept_every = Millis{5} * 60 * 1000;
constexpr const char* clock_owner = "(server)";
constexpr const char* clock_key = "clock";

}  // namespace

asio::awaitable<void> Courier::follow_clock() {
  const Millis now = clock_.now();
  const Millis before = std::exchange(last_seen_, now);
  const Millis back = before - now;
  const bool jumped = before != 0 && std::abs(back) >= clock_step;
  if (jumped && seen_time_) seen_time_->jumped(now, -back);
  if (before != 0 && (jumped || back > 0)) {
    if (back > 0) put_back(back);
    for (auto& [name, queue] : queues_)
      pump(*queue);
  }
  if (jumped || std::abs(now - seen_time_kept_) >= seen_time_kept_every) co_await keep_seen_time(now);
  if (before == 0 || back <= 0) co_return;
  log_.warning("courier", "the clock was put back by " + std::to_string(back / 1000) + " s");
  const auto pauses = co_await store_.pauses();
  if (!pauses) co_return;
  for (store::Pause pause : *pauses) {
    if (pause.until <= now || !pause.by.empty()) continue;  // a person named a time of the clock
    pause.until -= back;
    const Result<void> kept = co_await store_.set_pause(std::move(pause));
    if (!kept) log_.error("courier", "cannot store when a pause ends: " + kept.error().what);
  }
}

// Once: later calls would count the time since then as not seen.
Task<void> Courier::read_seen_time() {
  if (seen_time_) co_return ok();
  auto kept = co_await store_.recall(clock_owner, clock_key);
  if (!kept) co_return failed(kept);
  if (seen_time_) co_return ok();
  const auto at = kept->find(clock_key);
  const json::value record = at == kept->end() ? json::value() : at->second;
  const Millis now = clock_.now();
  seen_time_ = SeenTime::from_record(record, now);
  const Millis ahead = SeenTime::last_look(record).value_or(now) - now;
  if (ahead < clock_step) co_return ok();
  log_.warning("courier", "the clock is " + std::to_string(ahead / 1000) +
                              " s behind that of whoever served before: what rests is due");
  was_ahead_ = ahead;
  put_back(ahead);
  co_return ok();
}

asio::awaitable<void> Courier::keep_seen_time(Millis now) {
  if (!seen_time_) co_return;
  seen_time_kept_ = now;
  const Result<void> kept = co_await store_.remember(clock_owner, clock_key, seen_time_->record(now), now);
  if (!kept) log_.error("courier", "cannot store how much time has passed: " + kept.error().what);
}

void Courier::put_back(Millis by) {
  std::unordered_set<Account*> accounts;
  for (auto& [name, queue] : queues_) {
    queue->lanes.put_back(by);
    queue->probe_at -= by;
    queue->silent_since -= by;
    accounts.insert(queue->account.get());
  }
  for (Account* account : accounts) {
    account->paused_until -= by;
    account->gentle_until -= by;
    account->next_send -= by;
  }
}

}  // namespace carillon::pipeline
