// The ledger for people and programs: what was decided, sent and answered; resend and drop. Blocking, on a
// connection of its own: it slows no writer. Used by the command line beside a running server, which notices
// changes by its feed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "model/build_name.hpp"
#include "model/decision.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"
#include "store/error.hpp"
#include "store/lists.hpp"
#include "store/outbox.hpp"
#include "store/silences.hpp"

namespace carillon::store {

struct LedgerRow {
  RowId id = 0;
  std::string reporter;
  DeliveryState state = DeliveryState::waiting;
  Millis created = 0;
  // When waiting.
  Millis next_at = 0;
  std::optional<Millis> settled_at;
  int attempts = 0;
  std::string key, target, summary, note, answer;
  // Parts; '!' marks those refused for good.
  std::vector<std::string> settled;
  // That belong into its payload.
  std::vector<PayloadFile> files;
  // What it reports: the event, and, where that is about a build, which one (else builder is empty).
  RowId event = 0;
  std::string event_key, source, builder;
  RunNumber run;
};

struct LedgerAttempt {
  Millis at = 0;
  DeliveryState state = DeliveryState::waiting;
  std::string answer;
};

struct LedgerFilter {
  std::optional<DeliveryState> state;
  std::optional<std::string> reporter;
  // Of the build that it reports.
  std::optional<std::string> builder;
  // A part of it.
  std::optional<std::string> target;
  // Made or settled then or later.
  Millis since = 0;
  // The newest ones.
  std::size_t limit = 50;
};

// What a person did.
struct Deed {
  RowId id = 0;
  Millis at = 0;
  // "alice", "token wall", "root (command line)".
  std::string who;
  // From where; empty: from this machine.
  std::string address;
  // "resend", "drop", "pause" ...
  std::string what;
  // "delivery 7", "reporter mails".
  std::string about;
  std::string reason;
};

struct DeliveriesPage {
  std::vector<LedgerRow> rows;
  // Where the next page begins; nullopt: there is none.
  std::optional<std::int64_t> next;
};

struct LedgerEvent {
  RowId row = 0;
  Event event;
  Millis heard = 0;
  std::vector<ReporterDecision> decisions;
  // Reporters that have not worded it yet.
  std::vector<std::string> open_notifications;
};

// What is to be reported again of one event, and what was decided of it anew.
struct ReplayedEvent {
  RowId row = 0;
  // A notification for each.
  std::vector<std::string> reporters;
  // Replace those of the same reporters.
  std::vector<ReporterDecision> decisions;
};

struct ReplayedOrders {
  std::size_t made = 0;
  // Were not made: the event is not worded yet for that reporter.
  std::size_t open = 0;
  // Were not made: the event was forgotten meanwhile.
  std::size_t gone = 0;
};

// Everything of a reporter that will never be sent.
struct DroppedWork {
  std::size_t deliveries = 0;
  std::size_t notifications = 0;
};

// All functions throw Error, also where a question takes longer than the time limit that it was opened with.
class Ledger : public SilenceBook {
 public:
  // Oldest of them first.
  virtual std::vector<LedgerRow> deliveries(const LedgerFilter& filter) = 0;
  // A page of them, newest first (lists.hpp). before: `next` of the page before. Of one builder they come by
  // their events.
  virtual DeliveriesPage deliveries_before(const LedgerFilter& filter, std::int64_t before) = 0;
  virtual std::optional<LedgerRow> delivery(RowId id) = 0;
  // What is sent of it; nullopt: there is no such delivery.
  virtual std::optional<StoredDelivery> stored(RowId id) = 0;
  virtual std::vector<LedgerRow> deliveries_of(RowId event_row) = 0;
  virtual std::vector<LedgerAttempt> attempts(RowId id) = 0;
  // The first one that waits in its lane, for which it waits; nullopt: it does not wait, or is the first.
  virtual std::optional<RowId> waits_behind(RowId id) = 0;

  // Of one source and builder they come by their numbers, others by when they were heard.
  virtual BuildsPage builds(const BuildsFilter& filter) = 0;
  // Of every builder of every source, by name, at most so many of each; no more than `most` builders, those
  // behind `after`. Where bodies are left out the events have none.
  virtual std::vector<ListedBuilder> newest_builds(std::size_t of_each, std::size_t most,
                                                   Bodies bodies = Bodies::read,
                                                   const BuilderName& after = {}) = 0;
  // The sources that anything was heard of.
  virtual std::vector<std::string> sources() = 0;
  // How many became dead since then; counted up to 10,000.
  virtual std::size_t dead_since(Millis then) = 0;

  // The events of the build (started, finished; of every master that has one of that name), of its request
  // (waiting, ended) and of its buildset's completion, oldest first.
  virtual std::vector<LedgerEvent> events_of(const BuildName& name) = 0;

  virtual std::vector<Pause> pauses() = 0;
  // The pause that holds up the reporter at that time; nullopt: none.
  virtual std::optional<Pause> pause_of(const std::string& reporter, Millis now) = 0;
  // Ends it, whoever made it, also for the reporters that it holds up together with this one, and makes what
  // waits for them due. Those reporters, sorted; none: it is not paused.
  virtual std::vector<std::string> resume(const std::string& reporter, Millis now) = 0;
  // By reporter.
  virtual std::vector<OpenWork> open_work() = 0;

  // What a reporter has that is not delivered.
  struct Backlog {
    std::string reporter;
    std::size_t waiting = 0;
    std::size_t dead = 0;
    // When the oldest waiting one was made; 0: none waits.
    Millis oldest = 0;
    // The last one of the oldest.
    std::string answer;
  };
  // By name; nobody without any.
  virtual std::vector<Backlog> backlog() = 0;

  // What waits for a reporter, as the running server knows it.
  struct Queue {
    std::string reporter;
    std::size_t waiting = 0;
    // Of those waiting.
    std::optional<RowId> oldest;
  };
  // The same as backlog() and open_work() where the server says what waits: counting it here takes the longer
  // the more it is.
  virtual std::vector<Backlog> backlog_of(const std::vector<Queue>& /*queues*/) { return backlog(); }
  virtual std::vector<OpenWork> open_work_of(const std::vector<Queue>& /*queues*/) { return open_work(); }

  // Reporters that have, or had, anything to deliver.
  virtual std::vector<std::string> reporters() = 0;
  // Builders that builds or requests were heard of.
  virtual std::vector<std::string> builders() = 0;
  // The lowest and the highest number of its builds; nullopt: it has none.
  virtual std::optional<std::pair<std::int64_t, std::int64_t>> numbers_of(const std::string& builder) = 0;
  // A value that the server keeps (Store::remember); nullopt: none.
  virtual std::optional<json::value> remembered(const std::string& owner, const std::string& key) = 0;

  // Makes it due now. Refused parts are tried again; parts that were delivered are not. by: "alice: the disk
  // was full", for the list of its attempts. The text says why not, else empty.
  virtual std::string resend(RowId id, Millis now, const std::string& by = "a person") = 0;
  // It will not be sent. The text says why not, else empty.
  virtual std::string drop(RowId id, Millis now, const std::string& by = "a person") = 0;
  // Nothing of the reporter is sent until then, unless resume() ends it before; of several the last one
  // counts.
  virtual void hold(const Pause& pause) = 0;

  // Whatever `changes` changes by this ledger is one transaction: where it throws, nothing is changed. The
  // time limit is for all of it.
  virtual void together(const std::function<void()>& changes) = 0;
  // What is asked within is one question: the time limit is for all of it (on PostgreSQL its last statement
  // may take as long again), and SQLite reads all of it as of one moment. A change within is not made, and a
  // std::logic_error.
  virtual void as_one_question(const std::function<void()>& questions) = 0;

  // Kept as long as the history.
  virtual void note(const Deed& deed) = 0;
  // The newest ones with an id below that, newest first.
  virtual std::vector<Deed> deeds(RowId before, std::size_t limit) = 0;
  // Nothing of the reporter that is not delivered will be sent: waiting, dead, and not worded yet.
  virtual DroppedWork drop_all_of(const std::string& reporter, Millis now) = 0;

  // Where to begin with what was heard of since then: the last row before it (times only ever grow; where the
  // clock was put back, about there).
  virtual RowId last_before(Millis heard) = 0;
  // Events with rows above `after` and up to `last`, oldest first.
  virtual std::vector<LedgerEvent> events_between(RowId after, RowId last, std::size_t limit) = 0;
  // A delivery of this reporter that reports a later state of the same thing, and counts.
  virtual std::optional<RowId> later_state(const std::string& reporter, const std::string& status,
                                           std::int64_t rank) = 0;
  // One transaction.
  virtual ReplayedOrders order_again(const std::vector<ReplayedEvent>& events, std::int64_t replay) = 0;
  virtual std::size_t open_order_count() = 0;

  // Not what it was where others have committed something since; without any other meaning.
  virtual std::int64_t version() = 0;
};

}  // namespace carillon::store
