#include "cli/chosen_build.hpp"

#include <algorithm>
#include <array>

#include "base/foreign_time.hpp"
#include "cli/known_names.hpp"
#include "cli/live_build.hpp"
#include "model/build.hpp"
#include "model/members.hpp"
#include "pipeline/assemble.hpp"
#include "settings/error.hpp"

namespace carillon::cli {
namespace {

using settings::ConfigError;
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

// The build as it was when it began, as far as is known afterwards.
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

// Which of the events is meant; row 0: it was made out of another one. nullopt: nothing fits.
std::optional<std::pair<Event, RowId>> pick(const std::vector<LedgerEvent>& events, const std::string& what) {
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

[[noreturn]] void complain(OfflineRuntime& runtime, const std::string& build, const std::string& what) {
  if (what == "finished") throw ConfigError("the build '" + build + "' has not finished");
  if (what == "buildset")
    throw ConfigError("the buildset of '" + build + "' is not complete, as far as is known");
  throw ConfigError(nothing_heard(runtime.ledger(), build));
}

// A URL is of one master.
bool may_have(const source::Source& master, const std::string& build) {
  return build.find("://") == std::string::npos || build.starts_with(master.url());
}

std::optional<Event> ask_masters(OfflineRuntime& runtime, const std::string& build, const BuildName& name) {
  std::string unreachable;
  for (const server::SourceEntry& entry : runtime.sources()) {
    const source::Queries* queries = entry.source->queries();
    if (queries == nullptr || !queries->knows_more() || !may_have(*entry.source, build)) continue;
    auto found = runtime.run(ask_build(entry.source, name));
    if (!found) {
      unreachable += "; the source " + entry.source->name() + " cannot be asked: " + found.error().what;
    } else if (*found) {
      return std::move(**found);
    }
  }
  if (!unreachable.empty()) {
    throw ConfigError(nothing_heard(runtime.ledger(), build) + runtime.redacted(unreachable));
  }
  return std::nullopt;
}

Notification order_of(Event event, RowId row) {
  Notification details;
  details.event_row = row;
  details.body = std::make_shared<const std::string>(json::serialize(event.body));
  details.event = std::make_shared<const Event>(std::move(event));
  return details;
}

}  // namespace

ChosenBuild choose_build(OfflineRuntime& runtime, const std::string& build, const std::string& what) {
  const auto name = parse_build_name(build);
  if (!name) {
    throw ConfigError("'" + build + "' names no build: give BUILDER/NUMBER, BUILDER, an id or a URL");
  }
  ChosenBuild chosen;
  const std::vector<LedgerEvent> events = runtime.ledger().events_of(*name);
  if (auto found = pick(events, what)) {
    chosen.details = order_of(std::move(found->first), found->second);
    return chosen;
  }
  if (!events.empty() && what != "finished") complain(runtime, build, what);
  auto live = ask_masters(runtime, build, *name);
  if (!live) complain(runtime, build, events.empty() ? "" : what);
  const bool finished = kind_of(live->key) == EventKind::build_finished;
  if (what == "buildset" || (what == "finished" && !finished)) complain(runtime, build, what);
  chosen.details = order_of(what == "new" && finished ? at_its_start(std::move(*live)) : std::move(*live), 0);
  chosen.live = true;
  return chosen;
}

std::string title_of(const Event& event) {
  const EventKind kind = kind_of(event.key);
  if (kind == EventKind::buildset_complete) {
    return "the buildset " + std::to_string(integer_at(event.body, "bsid").value_or(0));
  }
  if (kind == EventKind::worker_missing || kind == EventKind::worker_back) {
    return "the worker " + std::string(string_at(event.body, "name").value_or("?"));
  }
  const std::string builder(BuildView(event.body).builder().value_or("?"));
  if (is_request(kind)) return "the request of " + builder;
  const auto known = results_at(event.body);
  return run_title(BuildView(event.body).run(), builder) + " (" +
         (known ? std::string(name(*known)) : "started") + ")";
}

reporter::Details assembled(OfflineRuntime& runtime, const pipeline::RosterEntry& entry,
                            const Notification& details) {
  auto made = runtime.run(pipeline::assemble(entry, details, runtime.detail_sources(), true));
  if (!made) throw ConfigError(runtime.redacted(made.error().what));
  return std::move(*made);
}

}  // namespace carillon::cli
