#include "pipeline/intake.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/logins.hpp"
#include "pipeline/composer.hpp"

namespace carillon::pipeline {
namespace {

// Above these, new events wait outside: an ingest batch may be large, so the bounds are on what is already
// here.
constexpr std::size_t max_pending_notifications = 20'000;
constexpr std::size_t max_pending_bytes = std::size_t{128} << 20U;
constexpr std::size_t max_store_backlog = 20'000;
constexpr std::size_t pace_notifications =
    1'000;  // above this, events come in no faster than they are worded
constexpr std::chrono::milliseconds pace_look{2};
constexpr std::chrono::milliseconds pace_patience{100};  // without any progress
constexpr std::chrono::seconds audience_patience{5};
constexpr std::size_t turn = 200;  // events

}  // namespace

Intake::Intake(store::Store& store, Composer& composer, const Clock& clock, const Log& log, Metrics& metrics,
               FindSource find_source, const Silences& silences)
    : store_(store),
      composer_(composer),
      clock_(clock),
      log_(log),
      metrics_(metrics),
      silences_(silences),
      decider_(store, std::move(find_source), &silences) {}

bool Intake::wants(EventKind kind) const {
  const auto any = [&](auto&& wants_it) {
    return std::any_of(roster_->entries.begin(), roster_->entries.end(), wants_it);
  };
  if (kind == EventKind::request_waiting) return any([](const RosterEntry& of) { return of.rule.waiting; });
  if (kind == EventKind::worker_back) {
    return any([](const RosterEntry& of) { return of.rule.audience != nullptr; });
  }
  // Nobody else looks at them.
  if (kind == EventKind::buildset_complete) return summarizes(*roster_);
  return kind != EventKind::other;
}

Task<json::value> Intake::cursor(std::string_view master) {
  return store_.cursor(std::string(master));
}

Task<source::Sink::Accepted> Intake::accept(std::string_view master, std::vector<Event> events,
                                            json::value cursor) {
  co_await keep_pace(events.size());
  if (composer_.pending() + store_.pending() > max_pending_notifications ||
      composer_.pending_bytes() > max_pending_bytes || store_.backlog() > max_store_backlog) {
    co_return throttled("too much work is under way", std::chrono::seconds(1));
  }
  if (!co_await everybody_ready()) {
    const char* what = silences_.ready() ? "the bots have not loaded their subscriptions yet"
                                         : "the silences are not read yet";
    co_return throttled(what, std::chrono::seconds(1));
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
    if (item.kind == EventKind::other || item.kind == EventKind::silence_over) {
      accepted.duplicate.push_back(false);
      continue;
    }
    if (!heard.text) heard.text = std::make_shared<const ObjectText>(heard.body);
    // A password is nobody's business, and what is stored is shown and sent.
    if (has_logins(heard.text->text()) && hide_logins(heard.body))
      heard.text = std::make_shared<const ObjectText>(heard.body);
    if (is_build(item.kind) || is_request(item.kind)) {
      item.facts = facts_of(heard.body);
    }
    if (item.kind == EventKind::buildset_complete && summaries && !decided.empty()) {
      // The summary counts builds that may stand before it in this very batch.
      auto stored = co_await store_events(master, std::exchange(decided, {}), nullptr, accepted.duplicate);
      if (!stored) co_return failed(stored);
    }
    if (item.kind == EventKind::build_finished && heard.untold.empty()) {
      auto outdated = co_await decider_.outdated(heard, item.facts);
      if (!outdated) co_return failed(outdated);
      heard.untold = std::move(*outdated);
    }
    item.event = std::make_shared<const Event>(std::move(heard));
    auto decisions = co_await decider_.decide(*roster, *item.event, item.kind, item.facts);
    if (!decisions) co_return failed(decisions);
    item.decisions = std::move(*decisions);
    if (item.kind == EventKind::build_finished) decider_.finished(item.event->source, item.facts);
    decided.push_back(std::move(item));
  }
  auto stored = co_await store_events(master, std::move(decided), std::move(cursor), accepted.duplicate);
  if (!stored) co_return failed(stored);
  co_return accepted;
}

// Bots have to read first, after the start or a reload, who subscribed: an event would be decided as if
// nobody had. Likewise the silences.
asio::awaitable<bool> Intake::everybody_ready() const {
  for (auto waited = std::chrono::milliseconds(0); waited < audience_patience; waited += pace_look) {
    if (silences_.ready() && std::ranges::all_of(roster_->entries, &RosterEntry::ready)) co_return true;
    co_await sleep_for(pace_look);
  }
  co_return false;
}

// A burst need not stand in memory as a whole: so many events are let in when as many notifications are done
// with. What cannot be worded now (its master is away) holds up others for a moment only.
asio::awaitable<void> Intake::keep_pace(std::size_t events) {
  std::size_t composed = composer_.composed();
  const std::size_t enough = composed + events;
  auto patience = pace_patience;
  while (composer_.pending() + store_.pending() > pace_notifications && composed < enough &&
         patience.count() > 0) {
    co_await sleep_for(pace_look);
    patience = composer_.composed() == composed ? patience - pace_look : pace_patience;
    composed = composer_.composed();
  }
}

Task<void> Intake::store_events(std::string_view master, std::vector<store::NewEvent> events,
                                json::value cursor, std::vector<bool>& duplicate) {
  if (events.empty() && cursor.is_null()) co_return ok();
  EventMetrics tally(metrics_, master);
  for (const store::NewEvent& event : events)
    tally.note(event);
  auto accepted =
      co_await store_.accept(std::string(master), std::move(events), std::move(cursor), clock_.now());
  if (!accepted) {
    log_.error("intake", "cannot store what " + std::string(master) + " reports: " + accepted.error().what);
    co_return failed(accepted);
  }
  std::size_t index = 0;
  for (const store::AcceptedEvent& event : *accepted) {
    tally.stored(index++, event);
    duplicate.push_back(event.duplicate);
  }
  co_return ok();
}

}  // namespace carillon::pipeline
