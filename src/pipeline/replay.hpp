// Which events are to be reported again, and to whom: what `carillon replay` orders.
#pragma once

#include <string>
#include <vector>

#include "pipeline/decider.hpp"
#include "store/ledger.hpp"

namespace carillon::pipeline {

// Decides again, by the rules of the roster, as if the event was heard now; what builds are compared with is
// what went before them.
class Replay {
 public:
  // builder: only what is about its builds, and buildsets with one of them; empty: everything. The store
  // outlives it. No entry of the roster has an audience: what people subscribed to is about what happens now.
  Replay(store::Journal& store, Roster roster, FindSource find_source, std::string builder);

  // What is to be ordered of the event, and noted of it and of the builds of its buildset; empty: nothing, as
  // of every event that is `untold`.
  // Failure: the store's.
  Task<std::vector<store::ReplayedEvent>> plan(store::LedgerEvent event);

 private:
  Task<std::vector<store::ReplayedEvent>> plan_buildset(const store::LedgerEvent& event);

  store::Journal& store_;
  Roster roster_;
  // Those entries that have a report for a whole buildset.
  Roster summarizing_;
  Decider decider_;
  std::string builder_;
};

}  // namespace carillon::pipeline
