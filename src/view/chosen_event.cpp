#include "view/chosen_event.hpp"

#include "base/foreign_time.hpp"
#include "model/build.hpp"

namespace carillon::view {
namespace {

using store::LedgerEvent;

// The last one of the kind, of the last try, or null.
const LedgerEvent* last_of(const std::vector<LedgerEvent>& events, EventKind kind) {
  const LedgerEvent* last = nullptr;
  for (const LedgerEvent& entry : events) {
    if (kind_of(entry.event.key) != kind) continue;
    if (last == nullptr || BuildView(last->event.body).run() <= BuildView(entry.event.body).run())
      last = &entry;
  }
  return last;
}

}  // namespace

Event at_its_start(Event event) {
  const auto slash = event.key.rfind('/');
  event.key = event.key.substr(0, slash) + "/new";
  event.at = to_millis(BuildView(event.body).started_at().value_or(event.at / 1000));
  event.body["complete"] = false;
  event.body["complete_at"] = nullptr;
  event.body["results"] = nullptr;
  event.body["state_string"] = "starting";
  return event;
}

std::optional<std::pair<Event, RowId>> chosen_event(const std::vector<LedgerEvent>& events,
                                                    std::string_view what) {
  std::vector<EventKind> kinds = {EventKind::build_finished, EventKind::build_started,
                                  EventKind::request_ended, EventKind::request_waiting};
  if (what == "finished") kinds = {EventKind::build_finished};
  if (what == "new") kinds = {EventKind::build_started};
  if (what == "buildset") kinds = {EventKind::buildset_complete};
  for (const EventKind kind : kinds) {
    if (const LedgerEvent* found = last_of(events, kind)) return std::pair(found->event, found->row);
  }
  const LedgerEvent* end = last_of(events, EventKind::build_finished);
  if (what == "new" && end != nullptr) return std::pair(at_its_start(end->event), RowId{0});
  return std::nullopt;
}

}  // namespace carillon::view
