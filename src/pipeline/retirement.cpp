#include "pipeline/retirement.hpp"

#include <boost/asio/co_spawn.hpp>

#include "pipeline/courier.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::chrono::milliseconds look{100};
constexpr int patience = 50;  // looks, until the store is asked whatever the courier has in its queues

}  // namespace

Retirement::Retirement(asio::any_io_executor io, store::Store& store, const Courier& courier, const Log& log,
                       Gone gone)
    : io_(std::move(io)), store_(store), courier_(courier), log_(log), gone_(std::move(gone)) {}

void Retirement::carry_over(const RosterPtr& old, Roster& fresh) {
  std::map<std::string, Retiree> retirees;
  for (const auto* list : {&old->entries, &old->retiring}) {
    for (const RosterEntry& entry : *list) {
      if (fresh.find(entry.name) != nullptr) continue;
      fresh.retiring.push_back(entry);
      const auto known = retirees_.find(entry.name);
      if (list == &old->retiring && known != retirees_.end()) {
        retirees.insert(*known);
        continue;
      }
      Retiree retiree;
      retiree.last = old;
      retiree.number = next_number_++;
      retirees.emplace(entry.name, std::move(retiree));
      log_.info("config",
                entry.name + " is no longer configured; what it has not delivered yet still goes out");
    }
  }
  retirees_ = std::move(retirees);
  if (retirees_.empty() || watching_) return;
  watching_ = true;
  asio::co_spawn(io_, watch(), or_end);
}

asio::awaitable<void> Retirement::watch() {
  while (!retirees_.empty()) {
    co_await sleep_for(look);
    std::map<std::string, std::uint64_t> candidates;
    for (const auto& [name, retiree] : retirees_)
      candidates.emplace(name, retiree.number);
    std::vector<std::string> done;
    for (const auto& [name, number] : candidates) {
      if (!co_await is_done(name)) continue;
      // A reload may have come meanwhile.
      const auto at = retirees_.find(name);
      if (at == retirees_.end() || at->second.number != number) continue;
      log_.info("config", name + " has delivered everything and is gone");
      retirees_.erase(at);
      done.push_back(name);
    }
    if (!done.empty()) gone_(done);
  }
  watching_ = false;
}

asio::awaitable<bool> Retirement::is_done(std::string name) {
  const auto at = retirees_.find(name);
  if (at == retirees_.end() || !at->second.last.expired()) co_return false;
  // What was dropped or superseded stays in the courier's queues until its turn.
  if (courier_.waiting(name) > 0 && ++at->second.looks % patience != 0) co_return false;
  const Result<bool> open = co_await store_.has_open_work(name);
  co_return open && !*open;
}

}  // namespace carillon::pipeline
