// What the courier reads of the store: the feed, pauses, and the deliveries themselves.
#include <unordered_set>

#include "pipeline/courier.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::size_t max_fresh_bytes = std::size_t{16} << 20U;
constexpr Millis longest_known_pause = Millis{24} * 3600 * 1000;  // of a reporter that is not configured
constexpr std::chrono::seconds feed_pause{5};                     // after a failure

std::vector<std::string> plain_names(const std::vector<std::string>& settled) {
  std::vector<std::string> names;
  for (const std::string& name : settled)
    names.push_back(name.starts_with('!') ? name.substr(1) : name);
  return names;
}

}  // namespace

void Courier::keep_fresh(RowId id, Fresh fresh) {
  const std::size_t size = fresh.delivery->payload.size();
  if (fresh_bytes_ + size > max_fresh_bytes) return;
  if (fresh_.emplace(id, std::move(fresh)).second) fresh_bytes_ += size;
}

// Their turn reads the row, and sees what became of it.
void Courier::forget_fresh(const store::DeliveryWork& work) {
  for (const RowId id : work.changed) {
    const auto at = fresh_.find(id);
    if (at == fresh_.end()) continue;
    fresh_bytes_ -= at->second.delivery->payload.size();
    fresh_.erase(at);
  }
  if (work.changed_reporters.empty()) return;
  fresh_.clear();
  fresh_bytes_ = 0;
}

asio::awaitable<void> Courier::run(std::function<void()> changed) {
  std::string told;
  while (true) {
    auto work = co_await store_.deliveries();
    if (stopping_) co_return;
    if (!work) {
      if (told != work.error().what)
        log_.error("courier", "cannot read what is to be sent: " + work.error().what);
      told = work.error().what;
      co_await sleep_for(feed_pause);
      continue;
    }
    told.clear();
    const bool elsewhere = !work->changed.empty() || !work->changed_reporters.empty();
    if (!elsewhere && work->waiting.empty() && !work->pauses) co_return;  // the store is closed
    for (auto taken = co_await take(std::move(*work)); !taken && !stopping_;
         taken = co_await take({.pauses = true})) {
      log_.error("courier", "cannot read the pauses: " + taken.error().what);
      co_await sleep_for(feed_pause);
    }
    caught_up_ = true;
    if (elsewhere && changed) changed();
  }
}

Task<void> Courier::take(store::DeliveryWork work) {
  const Millis now = clock_.now();
  std::unordered_set<ReporterQueue*> touched;
  for (store::WaitingDelivery& row : work.waiting) {
    ReporterQueue& queue = queue_of(row.reporter);
    touched.insert(&queue);
    if (row.fresh) keep_fresh(row.id, {std::move(row.fresh), row.created, row.heard});
    // Who asked for a longer rest is paused; without that, the clock was put back meanwhile.
    queue.lanes.add(row.lane, row.id, std::min(row.next_at, now + longest_backoff), now);
  }
  forget_fresh(work);  // last: what came with this very work may have changed since
  if (work.pauses) {
    if (auto read = co_await read_seen_time(); !read) co_return read;
    if (auto read = co_await read_pauses(); !read) co_return read;
    for (auto& [name, queue] : queues_)
      pump(*queue);
    co_return ok();
  }
  for (ReporterQueue* queue : touched)
    pump(*queue);
  co_return ok();
}

Task<void> Courier::read_pauses() {
  auto pauses = co_await store_.pauses();
  if (!pauses) co_return failed(pauses);
  pauses_known_ = true;
  for (store::Pause& shorter : take_pauses(*std::move(pauses), clock_.now())) {
    const Result<void> kept = co_await store_.set_pause(std::move(shorter));
    if (!kept) co_return failed(kept);
  }
  was_ahead_ = 0;
  co_return ok();
}

std::vector<store::Pause> Courier::take_pauses(std::vector<store::Pause> pauses, Millis now) {
  std::vector<store::Pause> shortened;
  std::unordered_set<Account*> paused;
  for (auto& [name, queue] : queues_) {
    if (queue->account->paused_until > now) paused.insert(queue->account.get());
    queue->account->paused_until = 0;
    queue->held_until = 0;
  }
  for (store::Pause& pause : pauses) {
    ReporterQueue& queue = queue_of(pause.reporter);
    if (!pause.by.empty()) {
      queue.held_until = pause.until;
      continue;
    }
    if (was_ahead_ > 0 && pause.until > now) {
      pause.until -= was_ahead_;
      shortened.push_back(pause);
    }
    Account& account = *queue.account;
    // An earlier version may have stored a year, and the clock may have been put back.
    const Millis latest = now + (queue.reporter ? queue.reporter->longest_pause() : longest_known_pause);
    if (pause.until > latest) {
      pause.until = latest;
      shortened.push_back(pause);
    }
    account.paused_until = std::max(account.paused_until, pause.until);
    if (!queue.reporter || queue.reporter->account().empty()) continue;
    account.gentle_until = account.paused_until + gentle_time;
  }
  for (Account* account : paused) {  // a person ended it
    if (account->paused_until > now) continue;
    account->gentle_until = std::min(account->gentle_until, now + gentle_time);
    account->refusals = 0;
  }
  return shortened;
}

Task<std::optional<Courier::Loaded>> Courier::load(ReporterQueue& queue, RowId id) {
  Loaded loaded;
  if (const auto at = fresh_.find(id); at != fresh_.end()) {
    loaded.delivery = std::move(at->second.delivery);
    loaded.created = at->second.created;
    loaded.heard = at->second.heard;
    fresh_bytes_ -= loaded.delivery->payload.size();
    fresh_.erase(at);
    co_return loaded;
  }
  auto row = co_await store_.load(id);
  if (!row) co_return failed(row);
  if (*row && (*row)->state == DeliveryState::dropped) queue.metrics->settled(DeliveryState::dropped).add();
  if (!*row || (*row)->state != DeliveryState::waiting) co_return std::nullopt;
  store::StoredDelivery& stored = **row;
  auto delivery = std::make_shared<Delivery>(std::move(stored.delivery));
  loaded.settled = std::exchange(delivery->settled, plain_names(delivery->settled));
  // It is not known of a first attempt whether an earlier process had begun it.
  delivery->maybe_sent = true;
  loaded.delivery = std::move(delivery);
  loaded.attempts = stored.attempts;
  loaded.created = stored.created;
  loaded.heard = stored.heard;
  co_return loaded;
}

}  // namespace carillon::pipeline
