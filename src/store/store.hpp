// Keeps what must not be lost: events, notifications, deliveries. Asynchronous; every write is durable when
// it returns. A store is made of small ports, each for its own clients: take the one that you need.
#pragma once

#include "store/feed.hpp"
#include "store/files.hpp"
#include "store/journal.hpp"
#include "store/key_value.hpp"
#include "store/outbox.hpp"
#include "store/silences.hpp"
#include "store/upkeep.hpp"

namespace carillon::store {

class Lease;

// Failures of all functions: throttled (disk full, database locked: nothing was written, try again later) or
// unreachable (any other error of the database; the text names it). Calls are carried out in the order they
// were made. To be used on one io_context thread.
class Store : public Journal,
              public Feed,
              public Outbox,
              public KeyValue,
              public Files,
              public Silences,
              public Upkeep {
 public:
  // Finishes what is queued, and closes. Nothing may be called afterwards; readers of the feed get nothing
  // more.
  virtual void close() = 0;

  // Whether this process may act on what is stored: false while another node may have taken over, for all it
  // knows (cluster.hpp). What waits then waits.
  virtual bool may_act() const { return true; }
  // Null: it is no node among several.
  virtual const Lease* lease() const { return nullptr; }
};

}  // namespace carillon::store
