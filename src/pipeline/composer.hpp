// Words notifications: fetches what the reporter wants to know, lets it compose, stores the deliveries.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/lanes.hpp"
#include "base/log.hpp"
#include "pipeline/begun.hpp"
#include "pipeline/metrics.hpp"
#include "pipeline/roster.hpp"
#include "pipeline/silences.hpp"
#include "store/store.hpp"

namespace carillon::pipeline {

class LogFetcher;

// Notifications of one reporter and builder are composed one after the other, so that their deliveries are
// stored in the order of the events; different ones run side by side.
//
// A notification whose wording ends the process must not end every later one: what was being worded when a
// process died is worded alone at the next start (recover()), without the configuration's code after two
// deaths, and after three it is set aside as a dead delivery. A notification that always throws is set aside
// likewise.
class Composer {
 public:
  // All references outlive the composer.
  Composer(asio::any_io_executor io, store::Store& store, Metrics& metrics, const Clock& clock,
           const Log& log, FindSource find_source, LogFetcher& logs, Begun& begun, const Silences& silences);

  // Notifications of reporters that the roster does not have stay in the store; Feed::again() brings them.
  void set_roster(RosterPtr roster) { roster_ = std::move(roster); }

  // Words what the feed yields; before that, one by one, what may have ended an earlier process (for half a
  // minute at most). Ends when the store is closed.
  asio::awaitable<void> run();

  // Notifications that are queued or under way.
  std::size_t pending() const { return pending_.size(); }
  // The text of their events, each notification counted by itself.
  std::size_t pending_bytes() const { return pending_bytes_; }
  // Notifications that are done with since the start.
  std::size_t composed() const { return composed_; }

  // Takes nothing new; what waits stays in the store for the next process.
  void stop();

 private:
  Task<void> word_left();
  Task<void> word_alone(RowId id, std::chrono::steady_clock::time_point until);
  Task<void> set_aside(RowId notification, std::string why);
  void queue(std::vector<Notification> notifications);
  asio::awaitable<void> let_some_end();
  void pump();
  bool is_ready(const std::string& reporter) const;
  asio::awaitable<void> work(std::string lane, Notification notification);
  // Null: without the configuration's code there is nobody to tell.
  Task<store::NewDeliveries> word(const RosterEntry& entry, const Notification& notification, int attempt);
  void hold_back_named(std::vector<Delivery>& deliveries, const RosterEntry& entry,
                       const Notification& notification, const reporter::Details& details) const;
  asio::awaitable<bool> keep(const Notification& notification, store::NewDeliveries rows);
  asio::awaitable<void> give_up(const std::string& lane, const Notification& notification,
                                const std::string& why);
  void count(const std::string& reporter, const std::vector<Delivery>& rows, const store::Composed& composed);
  void finish(const Notification& notification);
  void rested(RowId notification);
  void release(const std::string& lane);

  asio::any_io_executor io_;
  store::Store& store_;
  Metrics& metrics_;
  const Clock& clock_;
  const Log& log_;
  FindSource find_source_;
  LogFetcher& logs_;
  Begun& begun_;
  const Silences& silences_;
  RosterPtr roster_ = std::make_shared<const Roster>();
  // Of a reporter and a builder; the first one of a busy lane is being worded.
  Lanes<Notification> lanes_;
  std::unordered_set<RowId> pending_;
  std::size_t pending_bytes_ = 0;
  // The one that all others wait for.
  std::optional<RowId> alone_;
  asio::steady_timer alone_over_;
  std::size_t composed_ = 0;
  bool stopping_ = false;
};

}  // namespace carillon::pipeline
