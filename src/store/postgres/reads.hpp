// Rows to values: what the store and the ledger read. In a transaction, or on a connection of one's own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/postgres/jobs.hpp"
#include "store/reading.hpp"
#include "store/store.hpp"

namespace carillon::store::postgres {

std::optional<Event> read_event_row(Connection& db, RowId row);
std::optional<PreviousBuild> previous_build(Connection& db, const std::string& source,
                                            const std::string& builder,
                                            const std::optional<std::string>& branch, RunNumber before);
std::vector<BuildsetBuild> buildset_builds(Connection& db, const std::string& source, std::int64_t bsid,
                                           const std::string& occurrence);
std::vector<std::string> builder_names(Connection& db, const std::string& source);
std::vector<KnownBuild> known_builds(Connection& db, const std::string& source, const BuildsQuery& query);
json::value read_cursor(Connection& db, const std::string& source);

std::optional<StoredDelivery> load_delivery(Connection& db, RowId id);
// The same for each of the jobs.
void load_deliveries(Connection& db, const std::vector<LoadJob*>& jobs);
std::vector<PayloadFile> files_of(Connection& db, RowId delivery);
// As Store::file_uses, Store::created.
std::vector<FileUse> file_uses(Connection& db, const std::vector<std::string>& names);
std::vector<Millis> composed_at(Connection& db, const std::vector<RowId>& deliveries);
std::vector<Pause> read_pauses(Connection& db);

// As FeedReader says.
std::vector<Notification> open_notifications(Connection& db, RowId after, std::size_t limit);
std::vector<Notification> open_notifications_of(Connection& db, const std::string& reporter, RowId after,
                                                std::size_t limit);
std::optional<Notification> open_notification(Connection& db, RowId id);
std::vector<WaitingDelivery> all_waiting(Connection& db);

std::vector<OpenWork> read_open_work(Connection& db);
bool has_open_work(Connection& db, const std::string& reporter);

}  // namespace carillon::store::postgres
