// What stands in columns as text, and rows as values: what the stores share. A Row has integer(column),
// text(column) and null(column).
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/feed.hpp"
#include "store/journal.hpp"
#include "store/ledger.hpp"

namespace carillon::store {

// What Ledger::as_one_question() says of a change.
inline constexpr const char* changes_in_a_question = "a question to the ledger changes something";

// JSON that this program wrote, in `storage`. Throws Error when it is none.
json::value parse_stored(const std::string& text, json::storage_ptr storage = {});

std::string decisions_text(const std::vector<ReporterDecision>& decisions);
std::vector<ReporterDecision> parse_decisions(const std::string& text);

std::string names_text(const std::vector<std::string>& names);
std::vector<std::string> parse_names(const std::string& text);

// The key of what a notification leaves behind that was dropped or set aside unworded: this, and its number.
inline constexpr const char* unworded_key = "order ";
bool is_unworded(std::string_view key);

// Whether the text holds the part, in whatever case.
bool has_part(std::string_view text, std::string_view part);

// Why a person's wish cannot be fulfilled: empty where it can. Of what was set aside unworded
// (is_set_aside()) a resend makes a notification again.
std::string why_no_resend(const LedgerRow& row);
std::string why_no_drop(const LedgerRow& row);
bool is_set_aside(const LedgerRow& row);
// What was settled and stays so when the delivery is sent again.
std::vector<std::string> settled_for_good(const LedgerRow& row);

// Without its body, from the columns source, key, occurrence, at, beginning at `column`.
template <class Row>
Event read_event_head(const Row& row, int column) {
  Event event;
  event.source = row.text(column);
  event.key = row.text(column + 1);
  event.occurrence = row.text(column + 2);
  event.at = row.integer(column + 3);
  return event;
}

// From the same columns, and body.
template <class Row>
Event read_event(const Row& row, int column) {
  Event event = read_event_head(row, column);
  json::value body = parse_stored(row.text(column + 4));
  event.body = std::move(body.as_object());
  return event;
}

// From the columns id, event, reporter, source, key, occurrence, at, body, heard, replay.
template <class Row>
Notification read_notification(const Row& row) {
  Notification notification;
  notification.id = row.integer(0);
  notification.event_row = row.integer(1);
  notification.reporter = row.text(2);
  notification.event = std::make_shared<const Event>(read_event(row, 3));
  notification.body = std::make_shared<const std::string>(row.text(7));
  notification.heard = row.integer(8);
  notification.replay = row.integer(9);
  return notification;
}

// A delivery that waits, from the columns id, reporter, lane, next_at, attempts. One that nobody has tried is
// due, whatever a clock that was ahead said when it was stored.
template <class Row>
WaitingDelivery read_waiting(const Row& row) {
  WaitingDelivery delivery;
  delivery.id = row.integer(0);
  delivery.reporter = row.text(1);
  delivery.lane = row.text(2);
  delivery.next_at = row.integer(4) == 0 ? 0 : row.integer(3);
  return delivery;
}

// From the columns number, attempt, results, id.
template <class Row>
PreviousBuild read_previous(const Row& row) {
  PreviousBuild build;
  build.run = {row.integer(0), row.integer(1)};
  build.results = results_from(row.integer(2)).value_or(Results::exception);
  build.event_row = row.integer(3);
  return build;
}

// From the columns id, decisions, source, key, occurrence, at, body, untold.
template <class Row>
BuildsetBuild read_buildset_build(const Row& row) {
  BuildsetBuild build;
  build.row = row.integer(0);
  build.decisions = parse_decisions(row.text(1));
  build.event = read_event(row, 2);
  build.event.untold = row.text(7);
  return build;
}

// From the columns id, kind, source, key, occurrence, at, body.
template <class Row>
KnownBuild read_known_build(const Row& row) {
  KnownBuild build;
  build.row = row.integer(0);
  build.finished = row.integer(1) == static_cast<std::int64_t>(EventKind::build_finished);
  build.event = read_event(row, 2);
  return build;
}

// From the columns reporter, until, why, who.
template <class Row>
Pause read_pause(const Row& row) {
  return {row.text(0), row.integer(1), row.text(2), row.text(3)};
}

// From the columns at, name, size, escaped, most, label.
template <class Row>
PayloadFile read_payload_file(const Row& row) {
  PayloadFile file;
  file.at = static_cast<std::uint64_t>(row.integer(0));
  file.name = row.text(1);
  file.size = static_cast<std::uint64_t>(row.integer(2));
  file.escaped = static_cast<std::uint64_t>(row.integer(3));
  file.most = static_cast<std::uint64_t>(row.integer(4));
  file.label = row.text(5);
  return file;
}

// A delivery from the columns id, reporter, state, created, next_at, settled_at, attempts, key, target,
// summary, note, answer, settled, event; without its files, and without what it is about.
template <class Row>
LedgerRow read_delivery(const Row& row) {
  LedgerRow entry;
  entry.id = row.integer(0);
  entry.reporter = row.text(1);
  entry.state = static_cast<DeliveryState>(row.integer(2));
  entry.created = row.integer(3);
  entry.next_at = row.integer(4);
  if (!row.null(5)) entry.settled_at = row.integer(5);
  entry.attempts = static_cast<int>(row.integer(6));
  entry.key = row.text(7);
  entry.target = row.text(8);
  entry.summary = row.text(9);
  entry.note = row.text(10);
  entry.answer = row.text(11);
  entry.settled = parse_names(row.text(12));
  entry.event = row.integer(13);
  return entry;
}

// What it is about, from the columns key, source, builder, number, attempt, beginning at `column`.
template <class Row>
void read_about(const Row& row, int column, LedgerRow& entry) {
  entry.event_key = row.text(column);
  entry.source = row.text(column + 1);
  if (!row.null(column + 2)) entry.builder = row.text(column + 2);
  if (!row.null(column + 3)) entry.run = {row.integer(column + 3), row.integer(column + 4)};
}

// From the columns at, state, answer.
template <class Row>
LedgerAttempt read_attempt(const Row& row) {
  return {row.integer(0), static_cast<DeliveryState>(row.integer(1)), row.text(2)};
}

// From the columns id, at, who, address, what, about, reason.
template <class Row>
Deed read_deed(const Row& row) {
  return {row.integer(0), row.integer(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6)};
}

// From the columns id, heard, decisions, source, key, occurrence, at, body, untold.
template <class Row>
LedgerEvent read_ledger_event(const Row& row) {
  LedgerEvent entry;
  entry.row = row.integer(0);
  entry.heard = row.integer(1);
  entry.decisions = parse_decisions(row.text(2));
  entry.event = read_event(row, 3);
  entry.event.untold = row.text(8);
  return entry;
}

// From the columns id, builder, branch, tag, result, reporter, target, since, until, why, who, statuses,
// summary, created, ended_by, closed.
template <class Row>
Silence read_silence(const Row& row) {
  Silence silence;
  silence.id = row.integer(0);
  silence.builder = row.text(1);
  silence.branch = row.text(2);
  silence.tag = row.text(3);
  silence.result = row.text(4);
  silence.reporter = row.text(5);
  silence.target = row.text(6);
  silence.from = row.integer(7);
  silence.until = row.integer(8);
  silence.why = row.text(9);
  silence.who = row.text(10);
  silence.statuses = row.integer(11) != 0;
  silence.summary = row.integer(12) != 0;
  silence.created = row.integer(13);
  silence.ended_by = row.text(14);
  silence.closed = row.integer(15) != 0;
  return silence;
}

// From the columns reporter, source, builder, held, event.
template <class Row>
HeldBack read_held(const Row& row) {
  return {row.text(0), row.text(1), row.text(2), static_cast<std::size_t>(row.integer(3)), row.integer(4)};
}

}  // namespace carillon::store
