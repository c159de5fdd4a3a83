// The ledger for people and programs: what was decided, sent and answered; resend and drop. Blocking; used by
// the command line beside a running server, which notices changes by itself.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/database.hpp"
#include "store/open_work.hpp"
#include "store/replay.hpp"
#include "store/store.hpp"

namespace carillon::store {

struct LedgerRow {
  RowId id = 0;
  std::string reporter;
  DeliveryState state = DeliveryState::waiting;
  Millis created = 0;
  Millis next_at = 0;  // when waiting
  std::optional<Millis> settled_at;
  int attempts = 0;
  std::string key, target, summary, note, answer;
  std::vector<std::string> settled;  // parts; '!' marks those refused for good
  std::vector<PayloadFile> files;    // that belong into its payload
};

struct LedgerAttempt {
  Millis at = 0;
  DeliveryState state = DeliveryState::waiting;
  std::string answer;
};

struct LedgerFilter {
  std::optional<DeliveryState> state;
  std::optional<std::string> reporter;
  std::optional<std::string> builder;  // of the build that it reports
  std::optional<std::string> target;   // a part of it
  Millis since = 0;                    // made or settled then or later
  std::size_t limit = 50;              // the newest ones
};

struct LedgerEvent {
  RowId row = 0;
  Event event;
  Millis heard = 0;
  std::vector<ReporterDecision> decisions;
  std::vector<std::string> open_notifications;  // reporters that have not worded it yet
};

// Which build: "BUILDER/NUMBER", "BUILDER" (its newest), a build's id, or its URL.
struct BuildName {
  std::string builder;
  std::optional<std::int64_t> number;
  std::optional<std::int64_t> buildid;
  std::optional<std::int64_t> builderid;  // of a URL
};
std::optional<BuildName> parse_build_name(std::string_view text);

// All functions throw DatabaseError.
class Ledger {
 public:
  explicit Ledger(std::unique_ptr<Database> database);

  std::vector<LedgerRow> deliveries(const LedgerFilter& filter);  // oldest of them first
  std::optional<LedgerRow> delivery(RowId id);
  std::vector<LedgerRow> deliveries_of(RowId event_row);
  std::vector<LedgerAttempt> attempts(RowId id);

  // The events of the build (started, finished; of every master that has one of that name), of its request
  // (waiting, ended) and of its buildset's completion, oldest first.
  std::vector<LedgerEvent> events_of(const BuildName& name);

  std::vector<Pause> pauses();
  // The pause that holds up the reporter at that time; nullopt: none.
  std::optional<Pause> pause_of(const std::string& reporter, Millis now);
  // Ends it, also for the reporters that it holds up together with this one, and makes what waits for them
  // due. Those reporters, sorted; none: it is not paused.
  std::vector<std::string> resume(const std::string& reporter, Millis now);
  std::vector<OpenWork> open_work();  // by reporter

  // What a reporter has that is not delivered.
  struct Backlog {
    std::string reporter;
    std::size_t waiting = 0;
    std::size_t dead = 0;
    Millis oldest = 0;   // when the oldest waiting one was made; 0: none waits
    std::string answer;  // the last one of the oldest
  };
  std::vector<Backlog> backlog();  // by name; nobody without any

  // Reporters that have, or had, anything to deliver.
  std::vector<std::string> reporters();
  // Builders that builds or requests were heard of.
  std::vector<std::string> builders();
  // The lowest and the highest number of its builds; nullopt: it has none.
  std::optional<std::pair<std::int64_t, std::int64_t>> numbers_of(const std::string& builder);
  // A value that the server keeps (Store::remember); nullopt: none.
  std::optional<json::value> remembered(const std::string& owner, const std::string& key);

  // Makes it due now. Refused parts are tried again; parts that were delivered are not. The text says why
  // not, else empty.
  std::string resend(RowId id, Millis now);
  // It will not be sent. The text says why not, else empty.
  std::string drop(RowId id, Millis now);
  // Nothing of the reporter that is not delivered will be sent: waiting, dead, and not worded yet.
  DroppedWork drop_all_of(const std::string& reporter, Millis now);

  // Where to begin with what was heard of since then: the last row before it (times only ever grow; where the
  // clock was put back, about there).
  RowId last_before(Millis heard);
  // Events with rows above `after` and up to `last`, oldest first; without open_orders.
  std::vector<LedgerEvent> events_between(RowId after, RowId last, std::size_t limit);
  // A delivery of this reporter that reports a later state of the same thing, and counts.
  std::optional<RowId> later_state(const std::string& reporter, const std::string& status, std::int64_t rank);
  // One transaction.
  ReplayedOrders order_again(const std::vector<ReplayedEvent>& events, std::int64_t replay);
  std::size_t open_order_count();

 private:
  LedgerEvent read_ledger_event(const Statement& row);

  std::unique_ptr<Database> database_;
};

}  // namespace carillon::store
