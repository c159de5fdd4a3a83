// Which reporters the server has: kept in the database, so that the command line can say why something waits.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "pipeline/roster.hpp"
#include "store/ledger.hpp"

namespace carillon::server {

// As Store::remember() keeps it.
inline constexpr const char* server_owner = "(server)";
inline constexpr const char* roster_key = "roster";
json::value roster_record(const pipeline::Roster& roster);

class RosterRecord {
 public:
  // running: whether the server is; what was draining is no longer served when it is not.
  RosterRecord(store::Ledger& ledger, bool running);

  enum class State { configured, draining, missing };
  // nullopt: unknown, no server has run yet.
  std::optional<State> state_of(const std::string& reporter) const;
  // Those that the server has, or is about to let go.
  std::vector<std::string> known() const;
  // Whether it tells programs of states (Reporter::tells_programs).
  bool tells_programs(const std::string& reporter) const { return programs_.contains(reporter); }

 private:
  bool known_ = false;
  bool running_ = false;
  std::set<std::string> configured_;
  std::set<std::string> draining_;
  std::set<std::string> programs_;
};

const char* word(RosterRecord::State state);

}  // namespace carillon::server
