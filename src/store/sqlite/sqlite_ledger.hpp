// The ledger of the SQLite store.
#pragma once

#include <memory>

#include "store/ledger.hpp"
#include "store/sqlite/database.hpp"

namespace carillon::store {

class SqliteLedger final : public Ledger {
 public:
  explicit SqliteLedger(std::unique_ptr<Database> database);

  // Oldest of them first.
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
  // By reporter.
  std::vector<OpenWork> open_work() override;

  // By name; nobody without any.
  std::vector<Backlog> backlog() override;
  std::vector<Backlog> backlog_of(const std::vector<Queue>& queues) override;
  std::vector<OpenWork> open_work_of(const std::vector<Queue>& queues) override;

  std::vector<std::string> reporters() override;
  std::vector<std::string> builders() override;
  std::optional<std::pair<std::int64_t, std::int64_t>> numbers_of(const std::string& builder) override;
  std::optional<json::value> remembered(const std::string& owner, const std::string& key) override;

  std::string resend(RowId id, Millis now, const std::string& by) override;
  std::string drop(RowId id, Millis now, const std::string& by) override;
  void hold(const Pause& pause) override;
  void together(const std::function<void()>& changes) override;
  void as_one_question(const std::function<void()>& questions) override;
  void note(const Deed& deed) override;
  std::vector<Deed> deeds(RowId before, std::size_t limit) override;
  DroppedWork drop_all_of(const std::string& reporter, Millis now) override;

  RowId last_before(Millis heard) override;
  std::vector<LedgerEvent> events_between(RowId after, RowId last, std::size_t limit) override;
  std::optional<RowId> later_state(const std::string& reporter, const std::string& status,
                                   std::int64_t rank) override;
  ReplayedOrders order_again(const std::vector<ReplayedEvent>& events, std::int64_t replay) override;
  std::size_t open_order_count() override;
  std::int64_t version() override { return data_version(*database_); }

  RowId add_silence(const Silence& silence) override;
  std::string end_silence(RowId id, Millis now, const std::string& by) override;
  std::vector<KeptSilence> kept_silences() override;
  std::optional<KeptSilence> kept_silence(RowId id) override;
  std::vector<Decided> decided_since(Millis then, std::size_t most, bool tags) override;

 private:
  // Those whose key stands between these two, both included.
  std::vector<LedgerEvent> events_with_keys(const std::string& source, const std::string& first,
                                            const std::string& last);
  // With the keys "WHAT" + one of the ends, and all that begin with "WHAT" + mark.
  std::vector<LedgerEvent> events_about(const std::string& source, const std::string& what,
                                        const std::vector<std::string_view>& ends, std::string_view mark);
  BuildsPage builds_of(const BuildsFilter& filter);
  DeliveriesPage deliveries_of_builder(const LedgerFilter& filter, std::int64_t before);

  std::unique_ptr<Database> database_;
};

}  // namespace carillon::store
