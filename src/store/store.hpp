// Keeps what must not be lost: events, notifications, deliveries. Asynchronous; every write is durable when
// it returns.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "model/decision.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"
#include "model/notification.hpp"

namespace carillon::store {

struct NewEvent {
  std::shared_ptr<const Event> event;  // with its text
  EventKind kind = EventKind::other;
  BuildFacts facts;  // of builds
  std::vector<ReporterDecision> decisions;
};

struct AcceptedEvent {
  bool duplicate = false;
  std::vector<Notification>
      notifications;  // one for each decision with outcome `report`; empty for a duplicate
};

// A build that was kept for its buildset's summary, or any build of it.
struct BuildsetBuild {
  RowId row = 0;
  Event event;
  std::vector<ReporterDecision> decisions;
};

// A finished build that was not a retry.
struct PreviousBuild {
  std::int64_t number = 0;
  Results results = Results::success;
  RowId event_row = 0;
};

// An event of a build, for questions about it.
struct KnownBuild {
  RowId row = 0;
  bool finished = false;  // else it tells of the start
  Event event;
};

// Which builds: one by its row; those that their sender numbers so; those of a builder, or one of them; else
// the latest of all. The newest first.
struct BuildsQuery {
  std::optional<RowId> row;
  std::optional<std::int64_t> posted_id;  // as the key of a posted build has it
  std::optional<std::string> builder;
  std::optional<std::int64_t> number;
  RowId after = 0;           // only later ones than this, of all
  std::size_t limit = 1000;  // events
};

// Who needs a file.
struct FileUse {
  bool needed = false;              // by a delivery that is waiting or dead
  std::optional<Millis> delivered;  // else, when the last delivery of it was delivered; nullopt: none was
};

// Shared, so that the store, a second try and the courier use one copy of the payloads.
using NewDeliveries = std::shared_ptr<const std::vector<Delivery>>;

// What became of a composed delivery.
struct ComposedDelivery {
  RowId id = 0;
  bool waiting = false;           // false: the key exists already, or a later state of its status is known
  std::vector<RowId> superseded;  // waiting ones that this one made obsolete
};

// A delivery that is to be sent, as the courier's queues keep it: without its texts.
struct WaitingDelivery {
  RowId id = 0;
  std::string reporter;
  std::string lane;
  Millis next_at = 0;
};

// Everything that an attempt needs.
struct StoredDelivery {
  RowId id = 0;
  DeliveryState state = DeliveryState::waiting;
  Delivery delivery;  // `settled` as it is stored: '!' marks parts that were refused for good
  int attempts = 0;
  Millis created = 0;
  Millis heard = 0;  // when its event was stored; 0: it was reported again since (carillon replay)
};

// The end of one attempt.
struct Settlement {
  DeliveryState state = DeliveryState::delivered;  // waiting: postponed
  Millis at = 0;
  Millis next_at = 0;                // when waiting
  std::string answer;                // one line
  std::vector<std::string> settled;  // all parts settled so far
  bool keep_attempt = false;  // also into the list of attempts (anything but a first attempt that worked)
};

struct Pause {
  std::string reporter;
  Millis until = 0;
  std::string why;
};

// Undelivered work of one reporter.
struct OpenWork {
  std::string reporter;
  std::size_t notifications = 0;  // not worded yet
  std::size_t deliveries = 0;     // waiting
};

// A notification that is not to be worded any more.
struct SetAside {
  RowId delivery = 0;  // what it left behind
  std::string reporter;
  std::string event;  // id_of
};

struct FileSize {
  std::size_t pages = 0;
  std::size_t free_pages = 0;  // of them, to be used again
  std::int64_t used = 0;       // bytes, without the free pages
  std::int64_t file = 0;       // bytes
};

// Where forgetting goes on. Begin with `before` alone.
struct PruneStep {
  Millis before = 0;        // what was settled, or heard of, before
  std::size_t limit = 100;  // deliveries, and events, to look at in one step
  RowId delivery = 0;       // done up to here
  RowId event = 0;
  RowId event_of_delivery = 0;  // events from this one on wait until all deliveries were seen
  bool deliveries_over = false;
};

struct Pruned {
  PruneStep next;
  bool over = false;  // nothing is left to look at
  std::size_t deliveries = 0, events = 0;
  FileSize size;
  std::chrono::microseconds took{0};
};

// Failures of all functions: throttled (disk full, database locked: nothing was written, try again later) or
// unreachable (any other error of the database; the text names it).
class Store {
 public:
  virtual ~Store() = default;

  // One transaction: the events that are not known yet, their orders, and the master's cursor (null:
  // unchanged).
  virtual Task<std::vector<AcceptedEvent>> accept(std::string master, std::vector<NewEvent> events,
                                                  json::value cursor, Millis now) = 0;
  virtual Task<json::value> cursor(std::string master) = 0;

  // The last finished build of the builder (on the branch, when given) whose number is below `before` and
  // that was not a retry.
  virtual Task<std::optional<PreviousBuild>> previous(std::string master, std::string builder,
                                                      std::optional<std::string> branch,
                                                      std::int64_t before) = 0;
  virtual Task<std::optional<Event>> event(RowId row) = 0;

  // The finished builds of a buildset, in the order they were stored. occurrence: that of the buildset's
  // event; builds of another one belong to an earlier life of the master, whose ids began anew.
  virtual Task<std::vector<BuildsetBuild>> buildset(std::string master, std::int64_t bsid,
                                                    std::string occurrence) = 0;

  // The builders of a master that events told of, sorted.
  virtual Task<std::vector<std::string>> builders(std::string master) = 0;
  // Events of builds, the newest first. Without a builder only among the last 20,000 events.
  virtual Task<std::vector<KnownBuild>> builds(std::string master, BuildsQuery query) = 0;

  // Notifications that are not composed yet with an id above `after`, in order, at most `limit`, and no more
  // than fit into some MB; an empty page is the end.
  virtual Task<std::vector<Notification>> open_notifications(RowId after, std::size_t limit) = 0;

  // Those of them that another process made (carillon replay).
  virtual Task<std::vector<Notification>> replayed_notifications(RowId after, std::size_t limit) = 0;

  // One transaction: closes the notification and stores its deliveries, superseding as Delivery::status says.
  // Of a replayed notification none is stored that waits already.
  virtual Task<std::vector<ComposedDelivery>> compose(Notification notification, NewDeliveries deliveries,
                                                      Millis now) = 0;

  // One transaction: closes the notification unread. A dead delivery stays, with the reason as its answer;
  // resend makes a notification of it again. nullopt: it is not open any more.
  virtual Task<std::optional<SetAside>> set_aside(RowId notification, std::string why, Millis now) = 0;

  virtual Task<void> settle(RowId id, Settlement settlement) = 0;
  virtual Task<std::optional<StoredDelivery>> load(RowId id) = 0;

  // Every waiting delivery, in id notification: at start, and after another process changed the ledger.
  virtual Task<std::vector<WaitingDelivery>> waiting() = 0;

  // Whether another process (carillon resend, drop) has written since the last call.
  virtual Task<bool> changed_elsewhere() = 0;

  // Pauses of whole targets, kept across restarts. until 0 removes it.
  virtual Task<void> set_pause(Pause pause) = 0;
  virtual Task<std::vector<Pause>> pauses() = 0;

  // Small values that reporters keep across restarts, by owner and name. null forgets.
  virtual Task<void> remember(std::string owner, std::string key, json::value value, Millis now) = 0;
  // Those of the owner whose name begins so, by name.
  virtual Task<std::map<std::string, json::value>> recall(std::string owner, std::string prefix) = 0;
  // Forgets those that were last remembered before that time.
  virtual Task<void> forget(std::string owner, std::string prefix, Millis before) = 0;

  // Reporters with undelivered work, by name.
  virtual Task<std::vector<OpenWork>> open_work() = 0;
  virtual Task<bool> has_open_work(std::string reporter) = 0;

  // When these deliveries were composed, in the same order; 0 for one that is not there.
  virtual Task<std::vector<Millis>> created(std::vector<RowId> deliveries) = 0;

  // Who needs files of these names, in the same order.
  virtual Task<std::vector<FileUse>> file_uses(std::vector<std::string> names) = 0;

  // One step of forgetting settled deliveries that are old, with payloads and attempts, and the events that
  // nothing needs any more. It keeps what is not delivered (waiting and dead), the last finished builds of
  // each builder and branch as far as `previous` may be asked for them, and what open notifications need.
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

  // Finishes what is queued and closes the database. Nothing may be called afterwards.
  virtual void close() = 0;
};

}  // namespace carillon::store
