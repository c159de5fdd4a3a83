// Rows to values and back: what the store and the ledger share.
#pragma once

#include <string>
#include <vector>

#include "store/ledger.hpp"
#include "store/sqlite/database.hpp"
#include "store/store.hpp"

namespace carillon::store {

// JSON that this program wrote. Throws DatabaseError (corrupt) when it is none.
json::value parse_stored(const std::string& text);

std::string decisions_text(const std::vector<ReporterDecision>& decisions);
std::vector<ReporterDecision> parse_decisions(const std::string& text);

std::string names_text(const std::vector<std::string>& names);
std::vector<std::string> parse_names(const std::string& text);

// An event from the columns master, key, occurrence, at, body, starting at `column`.
Event read_event(const Statement& row, int column);

// A delivery from the columns id, reporter, state, created, next_at, settled_at, attempts, key, target,
// summary, note, answer, settled, event; with its files, and what it is about.
LedgerRow read_ledger_row(Database& db, const Statement& row);

// A delivery that waits from the columns id, reporter, lane, next_at.
WaitingDelivery read_waiting(const Statement& row);

std::optional<PreviousBuild> previous_build(Database& db, const std::string& master,
                                            const std::string& builder,
                                            const std::optional<std::string>& branch, RunNumber before);
std::vector<BuildsetBuild> buildset_builds(Database& db, const std::string& master, std::int64_t bsid,
                                           const std::string& occurrence);
std::optional<StoredDelivery> load_delivery(Database& db, RowId id);
std::vector<Pause> read_pauses(Database& db);
// As Store::created.
std::vector<Millis> composed_at(Database& db, const std::vector<RowId>& deliveries);

}  // namespace carillon::store
