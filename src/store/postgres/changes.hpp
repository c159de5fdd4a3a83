// What other processes have changed, for the server's feed: rows of the table `changes`, noted in the
// transaction of the change itself.
#pragma once

#include <string>
#include <vector>

#include "store/feed.hpp"
#include "store/postgres/connection.hpp"

namespace carillon::store::postgres {

void note_changed_delivery(Connection& db, RowId id);
void note_changed_notification(Connection& db, RowId id);
// All that a reporter has.
void note_changed_reporter(Connection& db, const std::string& reporter);
void note_changed_pauses(Connection& db);
void note_changed_silences(Connection& db);

// As FeedReader says.
std::vector<Notification> take_changed_notifications(Connection& db, std::size_t limit);
DeliveryWork take_changed_deliveries(Connection& db);
bool has_changes(Connection& db);

// What was noted before everything is read from the start.
void forget_changed_notifications(Connection& db);
void forget_changed_deliveries(Connection& db);

}  // namespace carillon::store::postgres
