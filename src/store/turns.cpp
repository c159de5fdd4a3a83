#include "store/turns.hpp"

#include <sqlite3.h>

namespace carillon::store {
namespace {

std::string chain_of(const Order& order) {
  std::string chain = order.reporter;
  chain += '\0';
  chain += order.event->master;
  chain += '\0';
  chain += string_at(order.event->body, "builder.name").value_or("");
  return chain;
}

bool is_open(Database& db, RowId order) {
  return db.prepare("SELECT 1 FROM orders WHERE id = ?").bind(order).step();
}

}  // namespace

void Turns::take(Database& db, const Order& order) {
  std::set<RowId>& tried = tried_[chain_of(order)];
  while (!tried.empty() && *tried.begin() < order.id) {
    if (is_open(db, *tried.begin()))
      throw DatabaseError(SQLITE_BUSY, "an earlier report of this builder is not stored yet");
    tried.erase(tried.begin());
  }
  tried.insert(order.id);
}

void Turns::give_up(const Order& order) {
  tried_[chain_of(order)].erase(order.id);
}

}  // namespace carillon::store
