#include "server/bot_runner.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace carillon::server {
namespace {

constexpr std::chrono::milliseconds poll{20};
constexpr int polls_for_predecessor = 250;  // 5 s

}  // namespace

void BotRunner::apply(pipeline::Roster& roster) {
  std::list<RunningPtr> kept;
  std::vector<pipeline::RosterEntry*> fresh;
  for (pipeline::RosterEntry& entry : roster.entries) {
    auto connected = std::dynamic_pointer_cast<chat::ConnectedReporter>(entry.reporter);
    if (!connected) continue;
    const auto same = std::find_if(running_.begin(), running_.end(), [&](const RunningPtr& of) {
      return of->name == entry.name && of->fingerprint == entry.fingerprint && !of->ended;
    });
    if (same == running_.end()) {
      fresh.push_back(&entry);
      continue;
    }
    entry.reporter = (*same)->reporter;
    entry.rule.audience = (*same)->reporter->audience();
    kept.splice(kept.end(), running_, same);
  }
  // Those that drain stay connected until they have said everything.
  for (const pipeline::RosterEntry& entry : roster.draining) {
    const auto same = std::find_if(running_.begin(), running_.end(), [&](const RunningPtr& of) {
      return of->reporter == entry.reporter && !of->ended;
    });
    if (same != running_.end()) kept.splice(kept.end(), running_, same);
  }
  std::list<RunningPtr> old = std::exchange(running_, std::move(kept));
  for (const RunningPtr& of : old)
    of->cancel.emit(asio::cancellation_type::terminal);
  for (const pipeline::RosterEntry* entry : fresh) {
    const auto before =
        std::find_if(old.begin(), old.end(), [&](const RunningPtr& of) { return of->name == entry->name; });
    start(*entry, before == old.end() ? nullptr : *before);
  }
}

void BotRunner::start(const pipeline::RosterEntry& entry, RunningPtr before) {
  auto running = std::make_shared<Running>();
  running->name = entry.name;
  running->fingerprint = entry.fingerprint;
  running->reporter = std::dynamic_pointer_cast<chat::ConnectedReporter>(entry.reporter);
  running_.push_back(running);
  auto ended = [this, running](const std::exception_ptr& error) {
    running->ended = true;
    if (!error) return;
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& stopped) {
      if (stopped.code() != asio::error::operation_aborted)
        log_.error("bots", running->name + " has stopped: " + stopped.what());
    } catch (const std::exception& bug) {
      log_.error("bots", running->name + " has stopped: internal error: " + bug.what());
    }
  };
  asio::co_spawn(io_, run(running, std::move(before)),
                 asio::bind_cancellation_slot(running->cancel.slot(), std::move(ended)));
}

asio::awaitable<void> BotRunner::run(RunningPtr self, RunningPtr before) {
  for (int i = 0; before && !before->ended && i < polls_for_predecessor; ++i)
    co_await sleep_for(poll);
  before.reset();
  co_await self->reporter->run();
}

asio::awaitable<void> BotRunner::stop(std::chrono::milliseconds grace) {
  for (const RunningPtr& of : running_)
    of->cancel.emit(asio::cancellation_type::terminal);
  const auto going = [&] {
    return std::any_of(running_.begin(), running_.end(), [](const RunningPtr& of) { return !of->ended; });
  };
  for (auto waited = std::chrono::milliseconds(0); going() && waited < grace; waited += poll)
    co_await sleep_for(poll);
}

}  // namespace carillon::server
