// What the store writes while work goes on. On the store's thread, in a transaction.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/feed.hpp"
#include "store/journal.hpp"
#include "store/outbox.hpp"
#include "store/sqlite/database.hpp"

namespace carillon::store {

Notification make_notification(RowId id, RowId event_row, std::string reporter,
                               std::shared_ptr<const Event> event, std::shared_ptr<const std::string> body);

// The event with its notifications, unless it is known already; as Journal::accept().
AcceptedEvent insert_event(Database& db, const NewEvent& item, Millis now);

void store_cursor(Database& db, const std::string& master, const json::value& cursor);

// One delivery of the notification, superseding as Delivery::status says. Nothing is stored (id 0) when its
// key is known; for a replayed notification also while the same delivery, from its event or from an earlier
// replay, waits.
ComposedDelivery insert_delivery(Database& db, const Notification& notification, const Delivery& delivery,
                                 Millis now);

// Notifications that are not composed yet and have an id above `after`, in order: at most `limit`, and no
// more than fit into some MB. Empty: there are no more.
std::vector<Notification> open_notifications(Database& db, RowId after, std::size_t limit);
std::vector<Notification> open_notifications_of(Database& db, const std::string& reporter, RowId after,
                                                std::size_t limit);
std::optional<Notification> open_notification(Database& db, RowId id);
bool is_open(Database& db, RowId notification);
// In the order they go out.
std::vector<WaitingDelivery> all_waiting(Database& db);
// Bytes of notifications that are read at once.
inline constexpr std::size_t max_read_bytes = std::size_t{8} << 20U;

// As Outbox::settle().
Taken settle_row(Database& db, RowId id, const Settlement& end);

}  // namespace carillon::store
