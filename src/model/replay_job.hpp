// Past reports that are made again (`carillon replay`, the dashboard): what was asked for, how much that is,
// and how far it has come. Values, and their JSON: that of `--json`, of the API, and of what is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/moment.hpp"

namespace carillon {

// As people write it; what is empty does not matter.
struct ReplayWish {
  // Times (base/moment.hpp) of when something was heard. until: else now.
  std::string since, until;
  // Of these, where they say none.
  Zone zone = Zone::utc;
  std::string reporter, builder;
  // To go on with one that was interrupted: numbers of events, as it told them.
  std::optional<std::int64_t> after, up_to;
};

// Events by their rows: above `after`, up to `up_to`.
struct ReplayRange {
  std::int64_t after = 0;
  std::int64_t up_to = 0;
};

// Of one reporter.
struct ReplayShare {
  std::size_t reports = 0;
  // Of these: delivered before, so that they arrive a second time.
  std::size_t delivered = 0;
  // Likewise: wait already or are not worded yet, and go out once.
  std::size_t waiting = 0;
};

struct ReplayCount {
  // That were looked at.
  std::size_t events = 0;
  // Builds whose end is told of.
  std::size_t builds = 0;
  std::map<std::string, ReplayShare> by_reporter;

  // Of all reporters.
  ReplayShare all() const;
};

// "events", "builds", "reports", and by reporter: "reporters", "delivered_before", "waiting_already".
json::object to_json(const ReplayCount& count);

enum class ReplayState {
  counting,
  // Nothing is ordered until a person says so.
  counted,
  ordering,
  done,
  // By a person.
  stopped,
  // By the end of the server.
  interrupted,
  failed,
};
// "counting", ...
std::string_view name(ReplayState state);

struct ReplayJob {
  // 1, 2, ...
  std::int64_t id = 0;
  // What its deliveries' keys tell (replay_mark()); of a job that goes on it stays, so that nothing is
  // ordered twice.
  std::int64_t mark = 0;
  ReplayState state = ReplayState::counting;
  ReplayWish wish;
  // When that was; since: 0 where it was not asked for.
  Millis since = 0;
  Millis until = 0;
  ReplayRange range;
  // The last event that was looked at, in the present state.
  std::int64_t at = 0;
  ReplayCount count;
  // Reports that were ordered; not ordered because they are not worded yet; whose event was forgotten.
  std::size_t ordered = 0;
  std::size_t open = 0;
  std::size_t gone = 0;
  // Reports of all that wait to be worded while it waits for room; not kept.
  std::size_t behind = 0;
  // Whoever wanted it, and why; the reason is needed before anything is ordered.
  std::string who, why;
  Millis created = 0;
  // When the first was ordered; 0: none yet.
  Millis begun = 0;
  // When it came to its end; 0: it has not.
  Millis ended = 0;
  // It is to be ordered once it is counted.
  bool at_once = false;
  // Why it failed, or stopped; one line.
  std::string trouble;

  bool is_under_way() const { return state == ReplayState::counting || state == ReplayState::ordering; }
  // Something is left of what was begun.
  bool may_go_on() const { return begun != 0 && !is_under_way() && state != ReplayState::done; }
};

json::object to_json(const ReplayJob& job);
// nullopt: it is none, or one of a newer Carillon.
std::optional<ReplayJob> replay_job_of(const json::value& told);

// "replay 3: 18 reports of 8 events", for the audit log.
std::string title_of(const ReplayJob& job);
// What it is about: "heard 2026-11-28 13:00 UTC to 2026-11-28 14:00 UTC, builder linux, reporter m".
std::string subject_of(const ReplayJob& job);
// How far it has come: "6 of 18 reports are ordered, up to event 200".
std::string progress_of(const ReplayJob& job);

}  // namespace carillon
