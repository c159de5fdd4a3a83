// Notifications of one reporter and builder are composed in turn, also when the disk is full for one of them.
#pragma once

#include <set>
#include <string>
#include <unordered_map>

#include "store/sqlite/database.hpp"
#include "store/store.hpp"

namespace carillon::store {

// The composer hands over the next notification before the one before it is committed. When that one fails
// (it was the larger one, the disk was full), the next one would pass it. Used on the store's thread only.
class Turns {
 public:
  // Inside of the notification's transaction. Throws DatabaseError (busy: again later) while an earlier
  // notification of the same reporter and builder, which was tried, is still open.
  void take(Database& db, const Notification& notification);

  // It failed for a reason of its own: it holds up nobody.
  void give_up(const Notification& notification);

 private:
  // By reporter, master and builder.
  std::unordered_map<std::string, std::set<RowId>> tried_;
};

}  // namespace carillon::store
