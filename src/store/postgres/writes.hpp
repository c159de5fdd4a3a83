// What the store writes while work goes on: sets of rows, a statement each. On the store's thread, in a
// transaction.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "store/postgres/jobs.hpp"
#include "store/turns.hpp"

namespace carillon::store::postgres {

// What silences hold back, counted before it is written.
class HeldTally {
 public:
  // source is left out where the builder is empty.
  void note(RowId silence, const std::string& reporter, const std::string& source, const std::string& builder,
            RowId event);
  // Of an event that is stored.
  void note_stored(RowId silence, const std::string& reporter, RowId event);
  void write(Connection& db);

 private:
  struct Held {
    std::int64_t count = 0;
    RowId event = 0;
  };
  void add(Connection& db);

  // By silence, reporter, source and builder.
  std::map<std::tuple<RowId, std::string, std::string, std::string>, Held> held_;
  struct Stored {
    RowId silence = 0;
    std::string reporter;
    RowId event = 0;
  };
  std::vector<Stored> stored_;
};

// As Journal::accept(), of all these: job->result.
void accept_events(Connection& db, const std::vector<AcceptJob*>& jobs, HeldTally& held);
// One event.
AcceptedEvent accept_event(Connection& db, NewEvent event, Millis now);

// As Outbox::settle().
void settle_deliveries(Connection& db, const std::vector<SettleJob*>& jobs);

// As Outbox::compose(). One whose turn it is not fails (throttled), and the others do not.
void compose_deliveries(Connection& db, const std::vector<ComposeJob*>& jobs, Turns& turns, HeldTally& held);

// Of these kinds, whatever their order: the jobs that are queued at one time do not depend on each other, but
// for those of one kind.
class HotJobs {
 public:
  void add(Job& job);
  void run(Connection& db, Turns& turns);

 private:
  std::vector<AcceptJob*> accepts_;
  std::vector<SettleJob*> settles_;
  std::vector<ComposeJob*> composes_;
  std::vector<LoadJob*> loads_;
};

// What tells a transaction from all others.
struct CommitMark {
  const char* writer = nullptr;  // a name in the table `writers`
  std::string transaction;       // its number
  std::int64_t commits = 0;      // of the writer, with this one
};

// The last statement before the commit.
CommitMark note_commit(Connection& db, const char* writer);
// Whether that commit took effect; nullopt: the server is still at it. A number of a transaction alone does
// not say: a standby that took over without the transaction gives the number to another one.
std::optional<bool> took_effect(Connection& db, const CommitMark& mark);
// How many transactions of the writer the database has.
std::int64_t commits_of(Connection& db, const char* writer);

}  // namespace carillon::store::postgres
