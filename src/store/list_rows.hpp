// What the lists of all stores (lists.hpp) look at, and whether it is wanted.
#pragma once

#include <functional>
#include <vector>

#include "store/ledger.hpp"
#include "store/reading.hpp"

namespace carillon::store {

// What a list reads of an event before it knows whether it is wanted.
struct LightRow {
  RowId id = 0;
  bool finished = false;
  std::string source, builder;
  RunNumber run;
  std::string branch;
  std::optional<Results> results;
  Millis heard = 0;
};

// From the columns id, kind, source, builder, number, attempt, branch, results, heard. A Row: as in
// reading.hpp.
template <class Row>
LightRow read_light_row(const Row& row) {
  LightRow light;
  light.id = row.integer(0);
  light.finished = row.integer(1) == static_cast<std::int64_t>(EventKind::build_finished);
  light.source = row.text(2);
  light.builder = row.text(3);
  light.run = {row.integer(4), row.integer(5)};
  light.branch = row.text(6);
  if (!row.null(7)) light.results = results_from(row.integer(7));
  light.heard = row.integer(8);
  return light;
}

// Its event has the source alone.
ListedBuild without_body(LightRow row);

// What lists show of a build's body, under its names: state_string, url, started_at, builder.tags, and the
// revision of the first of buildset.sourcestamps. Long texts are cut: a page of builds has a bounded size,
// whatever stands in them. text: JSON that this program wrote; throws Error when it is none.
json::object listed_body(const std::string& text);

// From the columns source, key, occurrence, at, body, beginning at `column`: with listed_body().
template <class Row>
Event read_listed_event(const Row& row, int column) {
  Event event = read_event_head(row, column);
  event.body = listed_body(row.text(column + 4));
  return event;
}

bool is_wanted(const BuildsFilter& filter, const LightRow& row);
bool is_wanted(const LedgerFilter& filter, const LedgerRow& row);

// The deliveries of the builder's events, newest event first. events_of(below, limit): the newest ones below
// that row, at least so many as there are of each source, in any order; deliveries_of(event): oldest first.
DeliveriesPage page_of_events(
    const LedgerFilter& filter, RowId before,
    const std::function<std::vector<RowId>(RowId below, std::size_t limit)>& events_of,
    const std::function<std::vector<LedgerRow>(RowId event)>& deliveries_of);

}  // namespace carillon::store
