// What the store writes while work goes on. On the store's thread, in a transaction.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/database.hpp"
#include "store/store.hpp"

namespace carillon::store {

Notification make_order(RowId id, RowId event_row, std::string reporter, std::shared_ptr<const Event> event,
                        std::shared_ptr<const std::string> body);

// The event with its orders, unless it is known already. The start of a build whose end is known is stored
// without notifications, and its decisions say why (is_late_start).
AcceptedEvent insert_event(Database& db, const NewEvent& item, Millis now);

// Whether decisions about an event say that.
bool is_late_start(const std::vector<ReporterDecision>& decisions);

void store_cursor(Database& db, const std::string& master, const json::value& cursor);

// One delivery of the notification, superseding as Delivery::status says. Nothing is stored (id 0) when its
// key is known; for a replayed notification also while the same delivery, from its event or from an earlier
// replay, waits.
ComposedDelivery insert_delivery(Database& db, const Notification& notification, const Delivery& delivery,
                                 Millis now);

// Notifications that are not composed yet, in order; only those of replays when asked for.
std::vector<Notification> read_notifications(Database& db, RowId after, std::size_t limit, bool replayed);

void settle_row(Database& db, RowId id, const Settlement& end);

}  // namespace carillon::store
