#include "pipeline/intake.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pipeline/composer.hpp"
#include "pipeline/details.hpp"

namespace carillon::pipeline {
namespace {

// Above these, new events wait outside: an ingest batch may be large, so the bounds are on what is already
// here.
constexpr std::size_t max_pending_orders = 20'000;
constexpr std::size_t max_store_backlog = 20'000;
constexpr std::size_t pace_orders = 1'000;  // above this, events come in no faster than they are worded
constexpr std::chrono::milliseconds pace_look{2};
constexpr std::chrono::milliseconds pace_patience{100};  // without any progress
constexpr std::size_t turn = 200;                        // events

bool summarizes(const Roster& roster) {
  for (const RosterEntry& entry : roster.entries) {
    if (entry.rule.build_set_summary) return true;
  }
  return false;
}

}  // namespace

Intake::Intake(store::Store& store, Composer& composer, const Clock& clock, const Log& log, Meters& meters,
               FindMaster find_master)
    : store_(store),
      composer_(composer),
      clock_(clock),
      log_(log),
      meters_(meters),
      find_master_(std::move(find_master)),
      history_(store) {}

bool Intake::wants(EventKind kind) const {
  const auto any = [&](auto&& wants_it) {
    return std::any_of(roster_->entries.begin(), roster_->entries.end(), wants_it);
  };
  if (kind == EventKind::request_waiting) return any([](const RosterEntry& of) { return of.rule.waiting; });
  if (kind == EventKind::worker_back) {
    return any([](const RosterEntry& of) { return of.rule.audience != nullptr; });
  }
  return kind != EventKind::other;
}

Task<json::value> Intake::cursor(std::string_view master) {
  return store_.cursor(std::string(master));
}

Task<master::Sink::Accepted> Intake::accept(std::string_view master, std::vector<Event> events,
                                            json::value cursor) {
  co_await keep_pace(events.size());
  if (composer_.pending() > max_pending_orders || store_.backlog() > max_store_backlog) {
    co_return throttled("too much work is under way", std::chrono::seconds(1));
  }
  const RosterPtr roster = roster_;
  const bool summaries = summarizes(*roster);
  Accepted accepted;
  std::vector<store::NewEvent> decided;
  std::size_t count = 0;
  for (Event& heard : events) {
    // A large batch lets others have a turn.
    if (++count % turn == 0) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    store::NewEvent item;
    item.kind = kind_of(heard.key);
    if (item.kind == EventKind::other) {
      accepted.duplicate.push_back(false);
      continue;
    }
    if (is_build(item.kind) || is_request(item.kind)) {
      item.facts = facts_of(heard.body);
    }
    if (item.kind == EventKind::buildset_complete && summaries && !decided.empty()) {
      // The summary counts builds that may stand before it in this very batch.
      auto stored = co_await store_events(master, std::exchange(decided, {}), nullptr, accepted.duplicate);
      if (!stored) co_return tl::unexpected<Failure>(stored.error());
    }
    if (!heard.text) heard.text = std::make_shared<const ObjectText>(heard.body);
    item.event = std::make_shared<const Event>(std::move(heard));
    auto decisions = co_await decide(*roster, *item.event, item.kind, item.facts);
    if (!decisions) co_return tl::unexpected<Failure>(decisions.error());
    item.decisions = std::move(*decisions);
    if (item.kind == EventKind::build_finished) history_.finished(item.event->master, item.facts);
    decided.push_back(std::move(item));
  }
  auto stored = co_await store_events(master, std::move(decided), std::move(cursor), accepted.duplicate);
  if (!stored) co_return tl::unexpected<Failure>(stored.error());
  co_return accepted;
}

// A burst need not stand in memory as a whole: so many events are let in when as many orders are done with.
// What cannot be worded now (its master is away) holds up others for a moment only.
asio::awaitable<void> Intake::keep_pace(std::size_t events) {
  std::size_t composed = composer_.composed();
  const std::size_t enough = composed + events;
  auto patience = pace_patience;
  while (composer_.pending() > pace_orders && composed < enough && patience.count() > 0) {
    co_await sleep_for(pace_look);
    patience = composer_.composed() == composed ? patience - pace_look : pace_patience;
    composed = composer_.composed();
  }
}

Task<void> Intake::store_events(std::string_view master, std::vector<store::NewEvent> events,
                                json::value cursor, std::vector<bool>& duplicate) {
  if (events.empty() && cursor.is_null()) co_return ok();
  Tally tally(meters_, master);
  for (const store::NewEvent& event : events)
    tally.note(event);
  auto accepted =
      co_await store_.accept(std::string(master), std::move(events), std::move(cursor), clock_.now());
  if (!accepted) {
    log_.error("intake", "cannot store what " + std::string(master) + " reports: " + accepted.error().what);
    co_return tl::unexpected<Failure>(accepted.error());
  }
  std::size_t index = 0;
  for (store::AcceptedEvent& event : *accepted) {
    tally.stored(index++, event.duplicate);
    duplicate.push_back(event.duplicate);
    composer_.add(std::move(event.orders));
  }
  co_return ok();
}

Task<std::vector<store::ReporterDecision>> Intake::decide(const Roster& roster, const Event& event,
                                                          EventKind kind, const BuildFacts& facts) {
  if (kind == EventKind::buildset_complete) co_return co_await decide_buildset(roster, event);
  std::vector<store::ReporterDecision> decisions;
  decisions.reserve(roster.entries.size());
  std::optional<std::optional<Results>> by_builder;
  std::optional<std::optional<Results>> by_branch;
  for (const RosterEntry& entry : roster.entries) {
    store::ReporterDecision decision;
    decision.reporter = entry.name;
    if (kind == EventKind::worker_missing || kind == EventKind::worker_back) {
      decision.decision = entry.rule.audience
                              ? entry.rule.audience->decide(kind, event.master, facts, std::nullopt)
                              : rule::decide_worker(entry.rule, kind, event.body);
    } else if (is_request(kind)) {
      const json::value* retried = event.body.if_contains("retried");
      decision.decision =
          rule::decide_request(entry.rule, kind, facts, retried != nullptr && *retried == json::value(true));
    } else {
      std::optional<Results> before;
      if (kind == EventKind::build_finished && entry.rule.needs_history()) {
        auto& known = entry.rule.previous == rule::Previous::branch ? by_branch : by_builder;
        if (!known) {
          auto found = co_await previous(event, facts, entry.rule.previous);
          if (!found) co_return tl::unexpected<Failure>(found.error());
          known = *found;
        }
        before = *known;
      }
      decision.decision = entry.rule.audience ? entry.rule.audience->decide(kind, event.master, facts, before)
                                              : rule::decide_build(entry.rule, kind, facts, before);
    }
    decisions.push_back(std::move(decision));
  }
  co_return decisions;
}

Task<std::optional<Results>> Intake::previous(const Event& event, const BuildFacts& facts,
                                              rule::Previous scope) {
  std::optional<std::string> branch;
  if (scope == rule::Previous::branch) branch = facts.branch;
  auto found = co_await history_.previous(event.master, facts.builder, branch, facts.number);
  if (!found) co_return tl::unexpected<Failure>(found.error());
  if (*found) co_return (*found)->results;
  // A build from before Carillon was there: its master knows (a builder alone; REST cannot filter by branch).
  if (scope == rule::Previous::branch) co_return std::nullopt;
  const auto asked = co_await ask_previous_build(find_master_(event.master), event.body);
  if (!asked || !*asked) co_return std::nullopt;
  const auto results = integer_at(**asked, "results");
  co_return results ? results_from(*results) : std::nullopt;
}

Task<std::vector<store::ReporterDecision>> Intake::decide_buildset(const Roster& roster, const Event& event) {
  std::vector<store::BuildsetBuild> builds;
  if (const auto bsid = integer_at(event.body, "bsid"); bsid && summarizes(roster)) {
    auto found = co_await store_.buildset(event.master, *bsid, event.occurrence);
    if (!found) co_return tl::unexpected<Failure>(found.error());
    builds = std::move(*found);
  }
  std::vector<store::ReporterDecision> decisions;
  for (const RosterEntry& entry : roster.entries) {
    std::size_t wanted = 0;
    for (const store::BuildsetBuild& build : builds) {
      for (const store::ReporterDecision& of : build.decisions) {
        if (of.reporter == entry.name && rule::in_summary(entry.rule, of.decision)) ++wanted;
      }
    }
    store::ReporterDecision decision;
    decision.reporter = entry.name;
    decision.decision = rule::decide_buildset(entry.rule, wanted);
    decisions.push_back(std::move(decision));
  }
  co_return decisions;
}

}  // namespace carillon::pipeline
