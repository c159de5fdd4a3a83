// What was heard and decided, and the history that deciding needs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "model/decision.hpp"
#include "model/event.hpp"
#include "model/notification.hpp"

namespace carillon::store {

struct NewEvent {
  // With its text.
  std::shared_ptr<const Event> event;
  EventKind kind = EventKind::other;
  // Of builds.
  BuildFacts facts;
  std::vector<ReporterDecision> decisions;
};

struct AcceptedEvent {
  bool duplicate = false;
  // Known from now on, and nobody is told of it: Event::untold, or it is the start of what has ended.
  bool untold = false;
  // One for each decision with outcome `report`, as they are stored; empty for a duplicate. The feed yields
  // them.
  std::vector<Notification> notifications;
};

// A build that was kept for its buildset's summary, or any build of it.
struct BuildsetBuild {
  RowId row = 0;
  Event event;
  std::vector<ReporterDecision> decisions;
};

// A finished build that was not a retry.
struct PreviousBuild {
  RunNumber run;
  Results results = Results::success;
  RowId event_row = 0;
};

// An event of a build, for questions about it.
struct KnownBuild {
  RowId row = 0;
  // Else it tells of the start.
  bool finished = false;
  Event event;
};

// Which builds: one by its row; those that their sender numbers so; those of a builder, or one of them; else
// the latest of all. The newest first: of a builder the highest number, of a number the highest attempt.
struct BuildsQuery {
  std::optional<RowId> row;
  // As the key of a posted build has it.
  std::optional<std::int64_t> posted_id;
  std::optional<std::string> builder;
  std::optional<std::int64_t> number;
  // Only later ones than this, of all.
  RowId after = 0;
  // Events.
  std::size_t limit = 1000;
};

// Failures of all functions: as Store's.
class Journal {
 public:
  virtual ~Journal() = default;

  // One transaction: the events that are not known yet, their notifications, and the source's cursor (null:
  // unchanged). An event that is `untold` has none, whatever was decided, and neither has a start whose end
  // is known, or comes before it in the batch: their decisions become the reason why not, and event() and the
  // others yield it as `untold`.
  virtual Task<std::vector<AcceptedEvent>> accept(std::string source, std::vector<NewEvent> events,
                                                  json::value cursor, Millis now) = 0;
  virtual Task<json::value> cursor(std::string source) = 0;

  // The last finished build of the builder (on the branch, when given) that is before `before`, by number and
  // attempt, and that was not a retry.
  virtual Task<std::optional<PreviousBuild>> previous(std::string source, std::string builder,
                                                      std::optional<std::string> branch,
                                                      RunNumber before) = 0;
  virtual Task<std::optional<Event>> event(RowId row) = 0;

  // The finished builds of a buildset, in the order they were stored. occurrence: that of the buildset's
  // event; builds of another one belong to an earlier life of the source, whose ids began anew.
  virtual Task<std::vector<BuildsetBuild>> buildset(std::string source, std::int64_t bsid,
                                                    std::string occurrence) = 0;

  // The builders of a source that events told of, sorted.
  virtual Task<std::vector<std::string>> builders(std::string source) = 0;
  // Events of builds, the newest first. Without a builder only among the last 20,000 events.
  virtual Task<std::vector<KnownBuild>> builds(std::string source, BuildsQuery query) = 0;
};

}  // namespace carillon::store
