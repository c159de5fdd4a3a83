// Notifications of one reporter and builder are composed in turn, also when the disk is full for one of them.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/notification.hpp"

namespace carillon::store {

// The composer hands over the next notification before the one before it is committed. When that one fails
// (it was the larger one, the disk was full), the next one would pass it. Used on the store's thread only.
class Turns {
 public:
  // Those of the same reporter and builder that were tried before it and are not over, as far as is known, in
  // order: while one of them is open, this one has to wait.
  std::vector<RowId> before(const Notification& notification) const;
  // It is tried now.
  void take(const Notification& notification);

  // One of the same reporter and builder (it may be another one's number) is composed, was dropped, or failed
  // for a reason of its own: it holds up nobody.
  void over(const Notification& of, RowId id);

 private:
  // By reporter, source and builder.
  std::unordered_map<std::string, std::set<RowId>> tried_;
};

}  // namespace carillon::store
