#include "app/observatory.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include "app/archive.hpp"

namespace carillon::app {

void Observatory::apply(std::vector<MasterEntry> entries, master::Sink& sink) {
  for (auto running = running_.begin(); running != running_.end();) {
    const auto same = std::find_if(entries.begin(), entries.end(), [&](const MasterEntry& entry) {
      return entry.fingerprint == running->entry.fingerprint;
    });
    if (same == entries.end()) {
      log_.info("masters", "no longer observing " + running->entry.master->name());
      running->cancel->emit(asio::cancellation_type::terminal);
      running = running_.erase(running);
    } else {
      entries.erase(same);
      ++running;
    }
  }
  for (MasterEntry& entry : entries)
    observe(std::move(entry), sink);
}

void Observatory::observe(MasterEntry entry, master::Sink& sink) {
  if (entry.push) log_.info("masters", "builds for " + entry.master->name() + " may be posted to /ingest");
  Running running;
  running.entry = std::move(entry);
  running.asked = running.entry.master;
  if (running.entry.push) running.asked = std::make_shared<Archive>(running.entry.master, store_);
  const std::shared_ptr<master::Master> master = running.entry.master;
  auto ended = [this, master, cancel = running.cancel](std::exception_ptr error) {
    if (!error || stopping_) return;
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& stopped) {
      if (stopped.code() != asio::error::operation_aborted)
        log_.error("masters", master->name() + ": " + stopped.what());
    } catch (const std::exception& bug) {
      log_.error("masters", master->name() + " is no longer observed: internal error: " + bug.what());
    }
  };
  asio::co_spawn(io_, master->run(sink),
                 asio::bind_cancellation_slot(running.cancel->slot(), std::move(ended)));
  running_.push_back(std::move(running));
}

std::shared_ptr<master::Master> Observatory::find(std::string_view name) const {
  for (const Running& running : running_) {
    if (running.entry.master->name() == name) return running.entry.master;
  }
  return nullptr;
}

std::vector<std::shared_ptr<master::push::Push>> Observatory::pushes() const {
  std::vector<std::shared_ptr<master::push::Push>> pushes;
  for (const Running& running : running_) {
    if (running.entry.push) pushes.push_back(running.entry.push);
  }
  return pushes;
}

std::vector<std::shared_ptr<master::Master>> Observatory::asked() const {
  std::vector<std::shared_ptr<master::Master>> masters;
  for (const Running& running : running_)
    masters.push_back(running.asked);
  return masters;
}

std::vector<Observatory::Observed> Observatory::observed() const {
  std::vector<Observed> all;
  for (const Running& running : running_) {
    const master::Master& master = *running.entry.master;
    const auto* linked = dynamic_cast<const master::Linked*>(&master);
    all.push_back({master.name(), master.url(),
                   linked != nullptr ? std::optional(linked->link_state()) : std::nullopt});
  }
  return all;
}

std::vector<std::string> Observatory::not_connected(Millis now) const {
  std::vector<std::string> all;
  for (const Observed& one : observed()) {
    if (!one.link || one.link->up || one.link->trouble.empty()) continue;
    all.push_back("the master " + one.name + " is not connected for " +
                  std::to_string(std::max<Millis>(now - one.link->since, 0) / 1000) +
                  " s: " + one.link->trouble);
  }
  return all;
}

void Observatory::stop() {
  stopping_ = true;
  for (Running& running : running_)
    running.cancel->emit(asio::cancellation_type::terminal);
}

}  // namespace carillon::app
