// What is not delivered yet, by reporter.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.hpp"
#include "store/store.hpp"

namespace carillon::store {

std::vector<OpenWork> read_open_work(Database& db);

bool has_open_work(Database& db, const std::string& reporter);

// Everything of the reporter that is not delivered will never be sent: waiting and dead deliveries, and
// notifications that are not worded yet, which leave a dropped delivery behind. To be called in a
// transaction.
struct DroppedWork {
  std::size_t deliveries = 0;
  std::size_t notifications = 0;
};
DroppedWork drop_open_work(Database& db, const std::string& reporter, Millis now);

// Store::set_aside().
std::optional<SetAside> set_order_aside(Database& db, RowId notification, std::string_view why, Millis now);

// Makes a notification again of what set_order_aside() left; in a transaction.
void order_set_aside(Database& db, RowId delivery, Millis now);

// Whether a delivery's key is that of a notification that was dropped or set aside unworded.
bool is_unworded_order(std::string_view key);

}  // namespace carillon::store
