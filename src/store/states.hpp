// States of deliveries in SQL: their numbers stand in model/delivery.hpp alone.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/delivery.hpp"

namespace carillon::store {

// The SQL with each "{waiting}", "{delivered}", ... replaced by the number of that state, and each set by the
// sum of 1 << state over its members, so that "1 << state & {undelivered}" asks for one of them (for
// "state IN (0,2,3)" SQLite makes a table, two pages of memory, at each run): {undelivered}, {settled} (all
// others), {counting} (states_that_count), {in_force} (waiting or delivered), {before_supersede},
// {before_drop}, {before_arrival}, {before_retry}, {before_death} (states_before()). An unknown name is a
// bug: std::logic_error. Keep the result: Database::prepare() knows statements by their address.
std::string with_states(std::string_view sql);

}  // namespace carillon::store
