// The ledger of a server, over its API: what commands read and do with `--server`, without its database.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cli/api_client.hpp"
#include "store/ledger.hpp"
#include "view/silences.hpp"
#include "view/story.hpp"

namespace carillon::cli {

// What came of sending several again.
struct ManyResent {
  std::size_t changed = 0;
  // And why.
  std::vector<std::pair<RowId, std::string>> refused;
};

// All functions throw store::Error: also those of which the API has no counterpart, and say so. Times are the
// server's. `now` and `by` of what is done are left to the server, which knows who holds the token and notes
// each deed.
class RemoteLedger final : public store::Ledger {
 public:
  // The client outlives it.
  explicit RemoteLedger(ApiClient& api) : api_(api) {}

  // `carillon status` of the server: view::Status as JSON.
  json::object status();
  // Whose address events_of() is about: it is told whole where those of others are masked. Empty: nobody's.
  void ask_for(std::string who) { who_ = std::move(who); }
  // As few questions as possible, and one deed for each.
  ManyResent resend_many(const std::vector<RowId>& ids);
  // What the silence would have held back; only what it is about matters.
  view::Tried try_out(const Silence& silence);

  std::vector<store::LedgerRow> deliveries(const store::LedgerFilter& filter) override;
  store::DeliveriesPage deliveries_before(const store::LedgerFilter& filter, std::int64_t before) override;
  std::optional<store::LedgerRow> delivery(RowId id) override;
  std::vector<store::LedgerRow> deliveries_of(RowId event_row) override;
  std::vector<store::LedgerAttempt> attempts(RowId id) override;
  std::optional<RowId> waits_behind(RowId id) override;
  // At most one result, or `running`.
  store::BuildsPage builds(const store::BuildsFilter& filter) override;
  std::vector<store::ListedBuilder> newest_builds(std::size_t of_each, std::size_t most, store::Bodies bodies,
                                                  const store::BuilderName& after) override;
  std::vector<std::string> sources() override;
  std::size_t dead_since(Millis then) override;
  // By builder: not by a build's id or URL.
  std::vector<store::LedgerEvent> events_of(const BuildName& name) override;
  std::vector<store::Pause> pauses() override;
  std::optional<store::Pause> pause_of(const std::string& reporter, Millis now) override;
  std::vector<std::string> resume(const std::string& reporter, Millis now) override;
  std::vector<store::OpenWork> open_work() override;
  std::vector<Backlog> backlog() override;
  std::vector<std::string> reporters() override;
  std::vector<std::string> builders() override;
  std::optional<std::pair<std::int64_t, std::int64_t>> numbers_of(const std::string& builder) override;
  // The record of reporters alone (server/roster_record.hpp).
  std::optional<json::value> remembered(const std::string& owner, const std::string& key) override;
  std::string resend(RowId id, Millis now, const std::string& by) override;
  std::string drop(RowId id, Millis now, const std::string& by) override;
  void hold(const store::Pause& pause) override;
  void together(const std::function<void()>& changes) override;
  // The server limits each of its answers by itself.
  void as_one_question(const std::function<void()>& questions) override { questions(); }
  void note(const store::Deed&) override {}
  std::vector<store::Deed> deeds(RowId before, std::size_t limit) override;
  store::DroppedWork drop_all_of(const std::string& reporter, Millis now) override;
  RowId last_before(Millis heard) override;
  std::vector<store::LedgerEvent> events_between(RowId after, RowId last, std::size_t limit) override;
  std::optional<RowId> later_state(const std::string& reporter, const std::string& status,
                                   std::int64_t rank) override;
  store::ReplayedOrders order_again(const std::vector<store::ReplayedEvent>& events,
                                    std::int64_t replay) override;
  std::size_t open_order_count() override;
  std::optional<store::StoredDelivery> stored(RowId id) override;
  std::int64_t version() override;
  RowId add_silence(const Silence& silence) override;
  std::string end_silence(RowId id, Millis now, const std::string& by) override;
  std::vector<store::KeptSilence> kept_silences() override;
  std::optional<store::KeptSilence> kept_silence(RowId id) override;
  std::vector<store::Decided> decided_since(Millis then, std::size_t most, bool tags) override;

 private:
  // Throws also where the server says that it is no such thing. member: that such an answer has.
  json::object read(const std::string& path, std::string_view member);
  std::vector<std::string> names(const char* of);
  std::string change(RowId id, const char* verb);

  ApiClient& api_;
  std::string who_;
  // Of the events that were asked for last.
  std::map<RowId, std::vector<store::LedgerRow>> deliveries_of_;
  std::map<RowId, std::vector<store::LedgerAttempt>> attempts_;
  std::map<RowId, std::optional<RowId>> behind_;
};

}  // namespace carillon::cli
