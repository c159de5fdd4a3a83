#include "server/roster_record.hpp"

namespace carillon::server {
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
  record["draining"] = names_of(roster.draining);
  json::array programs;
  for (const pipeline::RosterEntry& entry : roster.entries) {
    if (entry.reporter != nullptr && entry.reporter->tells_programs()) programs.emplace_back(entry.name);
  }
  record["programs"] = std::move(programs);
  return record;
}

RosterRecord::RosterRecord(store::Ledger& ledger, bool running) : running_(running) {
  const auto record = ledger.remembered(server_owner, roster_key);
  if (!record || !record->is_object()) return;
  known_ = true;
  configured_ = names_in(record->as_object(), "configured");
  draining_ = names_in(record->as_object(), "draining");
  programs_ = names_in(record->as_object(), "programs");
}

std::optional<RosterRecord::State> RosterRecord::state_of(const std::string& reporter) const {
  if (!known_) return std::nullopt;
  if (configured_.contains(reporter)) return State::configured;
  return running_ && draining_.contains(reporter) ? State::draining : State::missing;
}

std::vector<std::string> RosterRecord::known() const {
  std::vector<std::string> all(configured_.begin(), configured_.end());
  all.insert(all.end(), draining_.begin(), draining_.end());
  return all;
}

const char* word(RosterRecord::State state) {
  switch (state) {
    case RosterRecord::State::configured:
      return "configured";
    case RosterRecord::State::draining:
      return "draining";
    case RosterRecord::State::missing:
      return "missing";
  }
  return "unknown";
}

}  // namespace carillon::server
