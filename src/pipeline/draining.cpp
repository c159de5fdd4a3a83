#include "pipeline/draining.hpp"

#include <boost/asio/co_spawn.hpp>

#include "pipeline/courier.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::chrono::milliseconds look{100};
constexpr int patience = 50;  // looks, until the store is asked whatever the courier has in its queues

}  // namespace

Draining::Draining(asio::any_io_executor io, store::Outbox& store, const Courier& courier, const Log& log,
                   Gone gone)
    : io_(std::move(io)), store_(store), courier_(courier), log_(log), gone_(std::move(gone)) {}

void Draining::carry_over(const RosterPtr& old, Roster& fresh) {
  std::map<std::string, Entry> draining;
  for (const auto* list : {&old->entries, &old->draining}) {
    for (const RosterEntry& entry : *list) {
      if (fresh.find(entry.name) != nullptr) continue;
      fresh.draining.push_back(entry);
      const auto known = draining_.find(entry.name);
      if (list == &old->draining && known != draining_.end()) {
        draining.insert(*known);
        continue;
      }
      Entry one;
      one.last = old;
      one.number = next_number_++;
      draining.emplace(entry.name, std::move(one));
      log_.info("config",
                entry.name + " is no longer configured; what it has not delivered yet still goes out");
    }
  }
  draining_ = std::move(draining);
  if (draining_.empty() || watching_) return;
  watching_ = true;
  asio::co_spawn(io_, watch(), or_end);
}

asio::awaitable<void> Draining::watch() {
  while (!draining_.empty()) {
    co_await sleep_for(look);
    std::map<std::string, std::uint64_t> candidates;
    for (const auto& [name, one] : draining_)
      candidates.emplace(name, one.number);
    std::vector<std::string> done;
    for (const auto& [name, number] : candidates) {
      if (!co_await is_done(name)) continue;
      // A reload may have come meanwhile.
      const auto at = draining_.find(name);
      if (at == draining_.end() || at->second.number != number) continue;
      log_.info("config", name + " has delivered everything and is gone");
      draining_.erase(at);
      done.push_back(name);
    }
    if (!done.empty()) gone_(done);
  }
  watching_ = false;
}

asio::awaitable<bool> Draining::is_done(std::string name) {
  const auto at = draining_.find(name);
  if (at == draining_.end() || !at->second.last.expired()) co_return false;
  // What was dropped or superseded stays in the courier's queues until its turn.
  if (courier_.waiting(name) > 0 && ++at->second.looks % patience != 0) co_return false;
  const Result<bool> open = co_await store_.has_open_work(name);
  co_return open && !*open;
}

}  // namespace carillon::pipeline
