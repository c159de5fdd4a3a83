// Rows to values and back: what the store and the ledger share.
#pragma once

#include <string>
#include <vector>

#include "store/reading.hpp"
#include "store/sqlite/database.hpp"
#include "store/store.hpp"

namespace carillon::store {

// As read_delivery(), with its files, and what it is about.
LedgerRow read_ledger_row(Database& db, const Statement& row);

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
