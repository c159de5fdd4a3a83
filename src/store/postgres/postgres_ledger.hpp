// The ledger of the PostgreSQL store.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>

#include "store/ledger.hpp"
#include "store/postgres/connection.hpp"
#include "store/reading.hpp"

namespace carillon::store::postgres {

class PostgresLedger final : public Ledger {
 public:
  // On a connection of its own, which it makes again when it was lost. most: what takes longer is given up;
  // 0: nothing is. Throws PgError as connect_beside() does.
  PostgresLedger(Place place, std::chrono::milliseconds most);

  std::vector<LedgerRow> deliveries(const LedgerFilter& filter) override;
  DeliveriesPage deliveries_before(const LedgerFilter& filter, std::int64_t before) override;
  std::optional<LedgerRow> delivery(RowId id) override;
  std::optional<StoredDelivery> stored(RowId id) override;
  std::vector<LedgerRow> deliveries_of(RowId event_row) override;
  std::vector<LedgerAttempt> attempts(RowId id) override;
  std::optional<RowId> waits_behind(RowId id) override;

  BuildsPage builds(const BuildsFilter& filter) override;
  std::vector<ListedBuilder> newest_builds(std::size_t of_each, std::size_t most, Bodies bodies,
                                           const BuilderName& after) override;
  std::vector<std::string> sources() override;
  std::size_t dead_since(Millis then) override;

  std::vector<LedgerEvent> events_of(const BuildName& name) override;

  std::vector<Pause> pauses() override;
  std::optional<Pause> pause_of(const std::string& reporter, Millis now) override;
  std::vector<std::string> resume(const std::string& reporter, Millis now) override;
  std::vector<OpenWork> open_work() override;
  std::vector<Backlog> backlog() override;

  std::vector<std::string> reporters() override;
  std::vector<std::string> builders() override;
  std::optional<std::pair<std::int64_t, std::int64_t>> numbers_of(const std::string& builder) override;
  std::optional<json::value> remembered(const std::string& owner, const std::string& key) override;

  std::string resend(RowId id, Millis now, const std::string& by) override;
  std::string drop(RowId id, Millis now, const std::string& by) override;
  void together(const std::function<void()>& changes) override;
  void as_one_question(const std::function<void()>& questions) override;
  void hold(const Pause& pause) override;
  void note(const Deed& deed) override;
  std::vector<Deed> deeds(RowId before, std::size_t limit) override;
  DroppedWork drop_all_of(const std::string& reporter, Millis now) override;

  RowId last_before(Millis heard) override;
  std::vector<LedgerEvent> events_between(RowId after, RowId last, std::size_t limit) override;
  std::optional<RowId> later_state(const std::string& reporter, const std::string& status,
                                   std::int64_t rank) override;
  ReplayedOrders order_again(const std::vector<ReplayedEvent>& events, std::int64_t replay) override;
  std::size_t open_order_count() override;
  std::int64_t version() override;

  RowId add_silence(const Silence& silence) override;
  std::string end_silence(RowId id, Millis now, const std::string& by) override;
  std::vector<KeptSilence> kept_silences() override;
  std::optional<KeptSilence> kept_silence(RowId id) override;
  std::vector<Decided> decided_since(Millis then, std::size_t most, bool tags) override;

 private:
  class Question;
  struct Within;

  Connection& connection();
  // ask(connection): asked again, once, where the connection was lost meanwhile.
  template <class Ask>
  auto read(const Ask& ask) {
    if (together_) return ask(*connection_);
    try {
      return ask(connection());
    } catch (const PgError& error) {
      if (error.kind() != PgError::Kind::lost) throw;
      connection_.reset();
    }
    return ask(connection());
  }
  // act(connection), in a transaction; where it returns a text, that says why not, and nothing is changed.
  template <class Act>
  auto write(const Act& act) {
    if (asking_) throw std::logic_error(changes_in_a_question);
    if (together_) return as_part(act);
    look();
    try {
      Transaction transaction(*connection_);
      auto result = act(*connection_);
      if constexpr (std::is_same_v<decltype(result), std::string>) {
        if (!result.empty()) return result;
      }
      note_deed(*connection_);
      transaction.commit();
      return result;
    } catch (const PgError& error) {
      if (error.kind() == PgError::Kind::lost) connection_.reset();
      throw;
    }
  }
  // The same as a part of together().
  template <class Act>
  auto as_part(const Act& act) {
    connection_->send("SAVEPOINT part");
    auto result = act(*connection_);
    if constexpr (std::is_same_v<decltype(result), std::string>) {
      if (!result.empty()) connection_->send("ROLLBACK TO SAVEPOINT part");
    }
    return result;
  }
  // So that whoever reads sees that something is new.
  static void note_deed(Connection& db);
  // Of a connection that was not used for long: whether it still leads somewhere.
  void look();

  BuildsPage builds_of(Connection& db, const BuildsFilter& filter);
  DeliveriesPage deliveries_of_builder(Connection& db, const LedgerFilter& filter, std::int64_t before);

  Place place_;
  std::chrono::milliseconds most_;
  std::unique_ptr<Connection> connection_;
  // Within together(): on its connection, and no other.
  bool together_ = false;
  bool asking_ = false;
};

// What is asked in the middle of something else, on the connection of that.
std::optional<LedgerRow> ledger_row(Connection& db, RowId id);
std::vector<LedgerRow> rows_of_event(Connection& db, RowId event);
std::vector<std::string> source_names(Connection& db);
std::optional<std::pair<std::int64_t, std::int64_t>> numbers_of_builder(Connection& db,
                                                                        const std::string& builder);

}  // namespace carillon::store::postgres
