#include "store/sqlite/turns.hpp"

#include "model/build.hpp"

#include <sqlite3.h>

namespace carillon::store {
namespace {

std::string chain_of(const Notification& notification) {
  std::string chain = notification.reporter;
  chain += '\0';
  chain += notification.event->source;
  chain += '\0';
  chain += BuildView(notification.event->body).builder().value_or("");
  return chain;
}

bool is_open(Database& db, RowId notification) {
  return db.prepare("SELECT 1 FROM notifications WHERE id = ?").bind(notification).step();
}

}  // namespace

void Turns::take(Database& db, const Notification& notification) {
  std::set<RowId>& tried = tried_[chain_of(notification)];
  while (!tried.empty() && *tried.begin() < notification.id) {
    if (is_open(db, *tried.begin()))
      throw DatabaseError(SQLITE_BUSY, "an earlier report of this builder is not stored yet");
    tried.erase(tried.begin());
  }
  tried.insert(notification.id);
}

void Turns::give_up(const Notification& notification) {
  tried_[chain_of(notification)].erase(notification.id);
}

}  // namespace carillon::store
