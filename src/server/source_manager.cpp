#include "server/source_manager.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <set>

#include "server/routes.hpp"

namespace carillon::server {

void SourceManager::apply(std::vector<SourceEntry> entries, source::Sink& sink) {
  for (auto running = running_.begin(); running != running_.end();) {
    const auto same = std::find_if(entries.begin(), entries.end(), [&](const SourceEntry& entry) {
      return entry.fingerprint == running->entry.fingerprint;
    });
    if (same == entries.end()) {
      log_.info("sources", "no longer observing " + running->entry.source->name());
      running->cancel->emit(asio::cancellation_type::terminal);
      running = running_.erase(running);
    } else {
      entries.erase(same);
      ++running;
    }
  }
  for (SourceEntry& entry : entries)
    observe(std::move(entry), sink);
  if (std::ranges::any_of(running_, &Running::takes_posts)) {
    nobody_.clear();
  } else if (nobody_.empty()) {
    nobody_ = say_nobody_takes_posts(router_);
  }
}

void SourceManager::observe(SourceEntry entry, source::Sink& sink) {
  Running running;
  running.entry = std::move(entry);
  std::set<std::string> known;  // one that takes several methods is said once
  for (source::Endpoint& endpoint : running.entry.source->endpoints(sink)) {
    if (known.insert(endpoint.path).second)
      log_.info("sources",
                "builds for " + running.entry.source->name() + " may be posted to " + endpoint.path);
    running.takes_posts |= endpoint.path == "/ingest";
    running.routes.push_back(router_.add(endpoint.method, endpoint.path, std::move(endpoint.route)));
  }
  const std::shared_ptr<source::Source> master = running.entry.source;
  auto ended = [this, master, cancel = running.cancel](std::exception_ptr error) {
    if (!error || stopping_) return;
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& stopped) {
      if (stopped.code() != asio::error::operation_aborted)
        log_.error("sources", master->name() + ": " + stopped.what());
    } catch (const std::exception& bug) {
      log_.error("sources", master->name() + " is no longer observed: internal error: " + bug.what());
    }
  };
  asio::co_spawn(io_, master->run(sink),
                 asio::bind_cancellation_slot(running.cancel->slot(), std::move(ended)));
  running_.push_back(std::move(running));
}

std::shared_ptr<source::Source> SourceManager::find(std::string_view name) const {
  for (const Running& running : running_) {
    if (running.entry.source->name() == name) return running.entry.source;
  }
  return nullptr;
}

std::vector<std::shared_ptr<source::Source>> SourceManager::all() const {
  std::vector<std::shared_ptr<source::Source>> sources;
  for (const Running& running : running_)
    sources.push_back(running.entry.source);
  return sources;
}

std::vector<SourceManager::Observed> SourceManager::observed() const {
  std::vector<Observed> all;
  for (const Running& running : running_) {
    const source::Source& source = *running.entry.source;
    all.push_back({source.name(), source.url(), source.link_state(), source.heard_at(), source.quota_left(),
                   source.refused()});
  }
  return all;
}

std::vector<std::string> SourceManager::not_connected(Millis now) const {
  std::vector<std::string> all;
  for (const Observed& one : observed()) {
    if (!one.link || one.link->up || one.link->trouble.empty()) continue;
    all.push_back("the source " + one.name + " is not connected for " +
                  std::to_string(std::max<Millis>(now - one.link->since, 0) / 1000) +
                  " s: " + one.link->trouble);
  }
  return all;
}

void SourceManager::stop() {
  stopping_ = true;
  for (Running& running : running_)
    running.cancel->emit(asio::cancellation_type::terminal);
}

}  // namespace carillon::server
