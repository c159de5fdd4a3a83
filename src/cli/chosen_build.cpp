#include "cli/chosen_build.hpp"

#include "cli/known_names.hpp"
#include "cli/live_build.hpp"
#include "model/build.hpp"
#include "model/members.hpp"
#include "pipeline/assemble.hpp"
#include "server/preview.hpp"
#include "settings/error.hpp"
#include "view/chosen_event.hpp"

namespace carillon::cli {
namespace {

using settings::ConfigError;
using store::LedgerEvent;

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

}  // namespace

ChosenBuild choose_build(OfflineRuntime& runtime, const std::string& build, const std::string& what) {
  const auto name = parse_build_name(build);
  if (!name) {
    throw ConfigError("'" + build + "' names no build: give BUILDER/NUMBER, BUILDER, an id or a URL");
  }
  ChosenBuild chosen;
  const std::vector<LedgerEvent> events = runtime.ledger().events_of(*name);
  if (auto found = view::chosen_event(events, what)) {
    chosen.details = server::notification_of(std::move(found->first), found->second);
    return chosen;
  }
  if (!events.empty() && what != "finished") complain(runtime, build, what);
  auto live = ask_masters(runtime, build, *name);
  if (!live) complain(runtime, build, events.empty() ? "" : what);
  const bool finished = kind_of(live->key) == EventKind::build_finished;
  if (what == "buildset" || (what == "finished" && !finished)) complain(runtime, build, what);
  Event meant = what == "new" && finished ? view::at_its_start(std::move(*live)) : std::move(*live);
  chosen.details = server::notification_of(std::move(meant), 0);
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
