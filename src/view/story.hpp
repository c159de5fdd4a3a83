// What became of a build, as the ledger tells it: what `explain`, the API and the pages show.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "store/ledger.hpp"
#include "view/status.hpp"

namespace carillon::view {

struct DeliveryStory {
  store::LedgerRow row;
  std::vector<store::LedgerAttempt> attempts;
  // What holds it up, while it waits.
  std::optional<store::Pause> pause;
  // The first one of its lane, while that waits, too.
  std::optional<RowId> behind = {};
};

struct EventStory {
  store::LedgerEvent event;
  // What is odd about how it was heard of (heard_notes.hpp).
  std::vector<std::string> notes;
  std::vector<DeliveryStory> deliveries;
};

// The pause that holds up the delivery at that time; nullopt: none.
std::optional<store::Pause> pause_of(const store::LedgerRow& row, const std::vector<store::Pause>& pauses,
                                     Millis now);

// With its attempts, and what holds it up.
DeliveryStory story_of(store::Ledger& ledger, store::LedgerRow row, const std::vector<store::Pause>& pauses,
                       Millis now);
// The events of a build, oldest first (Ledger::events_of); none: nothing was heard of it.
std::vector<EventStory> story_of(store::Ledger& ledger, const BuildName& name, Millis now);

// "finished, attempt 2: failure", "requested", ...; an event of another kind by its key.
std::string title_of(const store::LedgerEvent& event);

// Why it waits, in words; never empty. silent: its reporter's target does not answer; null: it does. Empty
// for what does not wait.
std::string why_waiting(const DeliveryStory& story, const NoAnswer* silent);

// Whether a delivery went to that address: one of those that its target names, in any case.
bool is_to(const store::LedgerRow& row, std::string_view address);

// As `--json` and the API show them. Times are Millis since the epoch.
json::object to_json(const store::LedgerRow& row, const std::optional<store::Pause>& pause);
json::object to_json(const DeliveryStory& story);
json::object to_json(const EventStory& story);

}  // namespace carillon::view
