#include "pipeline/assemble.hpp"

#include <algorithm>

#include "model/replay_mark.hpp"
#include "model/sender.hpp"
#include "pipeline/details.hpp"
#include "pipeline/silence_summary.hpp"
#include "reporter/common/foreign_text.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::size_t arena_bytes = 8192;  // a usual build fits

Task<void> assemble_build(const RosterEntry& entry, const Notification& notification,
                          const DetailSources& sources, bool give_up, reporter::Details& assembled) {
  const Event& event = *notification.event;
  const reporter::Needs needs = entry.reporter->needs();
  if (is_complete(event.body, needs) && !reporter::has_odd_link(event.body)) {
    assembled.builds.share(reporter::Builds::Shared(notification.event, &event.body), event.text);
    co_return ok();
  }
  // A copy in an arena of its own: the event is shared.
  const auto build = std::make_shared<json::object>(
      event.body, json::make_shared_resource<json::monotonic_resource>(arena_bytes));
  auto done = co_await complement(*build, needs, event, sources, give_up, assembled);
  if (!done) co_return done;
  reporter::drop_odd_links(*build);
  assembled.builds.share(build);
  co_return ok();
}

Task<void> assemble_buildset(const RosterEntry& entry, const Event& event, const DetailSources& sources,
                             bool give_up, reporter::Details& assembled) {
  const auto bsid = integer_at(event.body, "bsid");
  if (!bsid) co_return ok();
  auto builds = co_await sources.journal.buildset(event.source, *bsid, event.occurrence);
  if (!builds) co_return failed(builds);
  for (store::BuildsetBuild& build : *builds) {
    if (!may_be_of(build.event, event)) continue;
    const bool wanted = std::any_of(build.decisions.begin(), build.decisions.end(), [&](const auto& of) {
      return of.reporter == entry.name && rule::in_summary(entry.rule, of.decision);
    });
    if (!wanted) continue;
    auto done =
        co_await complement(build.event.body, entry.reporter->needs(), event, sources, give_up, assembled);
    if (!done) co_return done;
    reporter::drop_odd_links(build.event.body);
    assembled.builds.push_back(std::move(build.event.body));
  }
  co_return ok();
}

}  // namespace

Task<reporter::Details> assemble(const RosterEntry& entry, const Notification& notification,
                                 const DetailSources& sources, bool give_up) {
  const Event& event = *notification.event;
  reporter::Details assembled;
  assembled.kind = kind_of(event.key);
  assembled.event_id = id_of(event) + replay_mark(notification.replay);
  assembled.source = event.source;
  assembled.at = event.at;
  if (is_summary(event)) {
    auto done = co_await assemble_summary(entry, event, sources, give_up, assembled);
    if (!done) co_return failed(done);
    co_return assembled;
  }
  if (assembled.kind == EventKind::worker_missing || assembled.kind == EventKind::worker_back) {
    assembled.worker = event.body;
  } else if (assembled.kind == EventKind::buildset_complete) {
    assembled.buildset = event.body;
    auto done = co_await assemble_buildset(entry, event, sources, give_up, assembled);
    if (!done) co_return failed(done);
  } else {
    auto done = co_await assemble_build(entry, notification, sources, give_up, assembled);
    if (!done) co_return failed(done);
  }
  co_return assembled;
}

}  // namespace carillon::pipeline
