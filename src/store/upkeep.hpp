// Forgetting, size and health of a store.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "model/notification.hpp"

namespace carillon::store {

struct FileSize {
  std::size_t pages = 0;
  // Of them, to be used again.
  std::size_t free_pages = 0;
  // Bytes, without the free pages.
  std::int64_t used = 0;
  // Bytes.
  std::int64_t file = 0;
};

// Where forgetting goes on. Begin with `before` alone.
struct PruneStep {
  // What was settled, or heard of, before.
  Millis before = 0;
  // Deliveries, and events, to look at in one step.
  std::size_t limit = 100;
  // Done up to here.
  RowId delivery = 0;
  RowId event = 0;
  // Events from this one on wait until all deliveries were seen.
  RowId event_of_delivery = 0;
  bool deliveries_over = false;
};

struct Pruned {
  PruneStep next;
  // Nothing is left to look at.
  bool over = false;
  std::size_t deliveries = 0, events = 0;
  FileSize size;
  std::chrono::microseconds took{0};
};

// Failures of all functions: as Store's.
class Upkeep {
 public:
  virtual ~Upkeep() = default;

  // One step of forgetting settled deliveries that are old, with payloads and attempts, and the events that
  // nothing needs any more. It keeps what is not delivered (waiting and dead), the last finished builds of
  // each builder and branch as far as Journal::previous() may be asked for them, and what open notifications
  // need.
  virtual Task<Pruned> prune(PruneStep step) = 0;
  // Makes the file a little smaller where pages are free; false: there are none, or it cannot shrink.
  virtual Task<bool> shrink() = 0;
  virtual Task<FileSize> size() = 0;

  // Completes when everything queued before it is done.
  virtual Task<void> ping() = 0;
  // Why the last write failed; nullopt when it worked.
  virtual std::optional<std::string> trouble() const = 0;

  // How many operations are queued or under way: for back-pressure.
  virtual std::size_t backlog() const = 0;
};

}  // namespace carillon::store
