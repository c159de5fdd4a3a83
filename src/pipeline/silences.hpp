// What people do not want to hear of for a while: what runs now, and what follows when it ends.
#pragma once

#include <span>
#include <vector>

#include "base/log.hpp"
#include "pipeline/roster.hpp"
#include "rule/silence.hpp"
#include "store/silences.hpp"

namespace carillon::pipeline {

// To be used on the io_context thread.
class Silences {
 public:
  // The references outlive it.
  Silences(store::Silences& store, const Clock& clock, const Log& log)
      : store_(store), clock_(clock), log_(log) {}

  void set_roster(RosterPtr roster) { roster_ = std::move(roster); }

  Millis now() const { return clock_.now(); }

  // Whether they are read: until then nothing can be decided.
  bool ready() const { return ready_; }
  // All that are kept: coming, running, ended.
  std::span<const Silence> all() const { return all_; }

  // Follows what people begin and end, orders the summaries of those that are over, and forgets them after 30
  // days. Ends some time after stop().
  asio::awaitable<void> run();
  void stop() { stopping_ = true; }

  // One look. Failure: the store's; the next look goes on.
  Task<void> look();

 private:
  Task<void> close_ended(Millis now);
  std::chrono::milliseconds rest(Millis now) const;

  store::Silences& store_;
  const Clock& clock_;
  const Log& log_;
  RosterPtr roster_ = std::make_shared<const Roster>();
  std::vector<Silence> all_;
  bool ready_ = false;
  bool stopping_ = false;
};

// What the pipeline asks of an entry of the roster.
rule::Report report_of(const RosterEntry& entry, std::span<const BuildFacts> builds);

// The stage after the rules: what they want, and a silence holds back, is silenced. heard: when the event
// was.
void hold_back(Decision& decision, const Silences& silences, const rule::Report& report, Millis heard);

// Of what is worded: deliveries whose target a silence names are skipped, or go to the others alone, with a
// note.
void hold_back(std::vector<Delivery>& deliveries, const Silences& silences, const RosterEntry& entry,
               std::span<const BuildFacts> builds, Millis heard);

}  // namespace carillon::pipeline
