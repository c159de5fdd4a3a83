// What is not delivered yet, by reporter.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/ledger.hpp"
#include "store/outbox.hpp"
#include "store/sqlite/database.hpp"

namespace carillon::store {

// By reporter, in the order of their names.
std::vector<OpenWork> read_open_work(Database& db);
// The same without deliveries.
std::vector<OpenWork> read_open_notifications(Database& db);

bool has_open_work(Database& db, const std::string& reporter);

// Everything of the reporter that is not delivered will never be sent: waiting and dead deliveries, and
// notifications that are not worded yet, which leave a dropped delivery behind. To be called in a
// transaction.
DroppedWork drop_open_work(Database& db, const std::string& reporter, Millis now);

// Outbox::set_aside().
std::optional<SetAside> set_notification_aside(Database& db, RowId notification, std::string_view why,
                                               Millis now);

// Makes a notification again of what set_notification_aside() left; in a transaction.
void reopen_set_aside(Database& db, RowId delivery, Millis now);

}  // namespace carillon::store
