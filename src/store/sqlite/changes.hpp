// What other processes (the command line) have changed, for the server's feed: rows of the table `changes`,
// noted in the transaction of the change itself.
#pragma once

#include <string>
#include <vector>

#include "store/feed.hpp"
#include "store/sqlite/database.hpp"

namespace carillon::store {

void note_changed_delivery(Database& db, RowId id);
void note_changed_notification(Database& db, RowId id);
// All that a reporter has.
void note_changed_reporter(Database& db, const std::string& reporter);
void note_changed_pauses(Database& db);

// The oldest of them, at most `limit`; they are noted no longer. Empty: there are none.
std::vector<Notification> take_changed_notifications(Database& db, std::size_t limit);
// Those that are not about notifications, with the deliveries that wait because of them.
DeliveryWork take_changed_deliveries(Database& db);

// What was noted before everything is read from the start.
void forget_changed_notifications(Database& db);
void forget_changed_deliveries(Database& db);

}  // namespace carillon::store
