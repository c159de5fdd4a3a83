#include "app/roster_record.hpp"

namespace carillon::app {
namespace {

json::array names_of(const std::vector<pipeline::RosterEntry>& entries) {
  json::array list;
  for (const pipeline::RosterEntry& entry : entries)
    list.emplace_back(entry.name);
  return list;
}

std::set<std::string> names_in(const json::object& record, std::string_view key) {
  std::set<std::string> all;
  const json::array* list = array_at(record, key);
  if (list == nullptr) return all;
  for (const json::value& name : *list) {
    if (name.is_string()) all.emplace(name.as_string());
  }
  return all;
}

}  // namespace

json::value roster_record(const pipeline::Roster& roster) {
  json::object record;
  record["configured"] = names_of(roster.entries);
  record["retiring"] = names_of(roster.retiring);
  return record;
}

RosterRecord::RosterRecord(store::Ledger& ledger, bool running) : running_(running) {
  const auto record = ledger.remembered(server_owner, roster_key);
  if (!record || !record->is_object()) return;
  known_ = true;
  configured_ = names_in(record->as_object(), "configured");
  retiring_ = names_in(record->as_object(), "retiring");
}

std::optional<RosterRecord::State> RosterRecord::state_of(const std::string& reporter) const {
  if (!known_) return std::nullopt;
  if (configured_.contains(reporter)) return State::configured;
  return running_ && retiring_.contains(reporter) ? State::retiring : State::missing;
}

std::vector<std::string> RosterRecord::known() const {
  std::vector<std::string> all(configured_.begin(), configured_.end());
  all.insert(all.end(), retiring_.begin(), retiring_.end());
  return all;
}

const char* word(RosterRecord::State state) {
  switch (state) {
    case RosterRecord::State::configured:
      return "configured";
    case RosterRecord::State::retiring:
      return "retiring";
    case RosterRecord::State::missing:
      return "missing";
  }
  return "unknown";
}

}  // namespace carillon::app
