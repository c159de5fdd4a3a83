// What happened on a master while nobody listened: a state machine without I/O that asks and plans.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "source/buildbot/cursor.hpp"

namespace carillon::source::buildbot {

// How many ids one question to the data API names, so that its URL stays short enough for every server.
inline constexpr std::size_t ids_at_once = 100;

// Whether the data API says of a build, buildset or request that it has ended.
bool is_complete(const json::object& object);

// One thing to report.
struct Due {
  enum class What { build_started, build_finished, buildset_complete, worker_back };
  What what;
  std::int64_t id;
  // Seconds since the epoch.
  std::int64_t at;
  friend bool operator==(const Due&, const Due&) = default;
};

// Drive it so: while next() has a path, ask the data API for it and hand the document to answer().
class CatchUp {
 public:
  enum class Outcome {
    resumed,    // the cursor continues; see due()
    began,      // a master that was never seen: it starts from now
    recreated,  // the ids went back or changed their meaning: it starts from now, with a new epoch
  };

  // known: the stored cursor. now: to find out how long workers are away, and to name a new epoch. was_down:
  // nothing was heard of the master for so long that its workers need time to come back, too.
  CatchUp(std::optional<Cursor> known, Millis now, bool was_down);

  // The path to ask next, or nullopt at the end.
  std::optional<std::string> next() const;

  // Failure: unreachable, when the document has not the shape that it should; the text names the place.
  Result<void> answer(const json::value& document);

  Outcome outcome() const { return outcome_; }

  // In the order in which it happened. What is not due to be reported any more is left out.
  const std::vector<Due>& due() const { return due_; }

  // The cursor before any of due() is reported: a worker that is back still counts as missing. Open builds
  // that the master does not know any more are gone from it.
  const Cursor& cursor() const { return cursor_; }

 private:
  enum class Step {
    newest_build,
    newest_buildset,
    same_build,
    builds,
    open_builds,
    buildsets,
    open_buildsets,
    running_builds,
    incomplete_buildsets,
    workers,
    end
  };
  Result<void> take(const json::array& items);
  void take_newest(const json::array& items);
  void begin(Outcome outcome);
  void take_builds(const json::array& items);
  void take_buildsets(const json::array& items);
  void take_workers(const json::array& items);
  void advance();
  void finish();

  bool known_;
  Cursor cursor_;
  Millis now_;
  bool was_down_;
  Step step_ = Step::newest_build;
  Outcome outcome_ = Outcome::resumed;
  std::int64_t newest_build_ = 0;
  std::optional<std::int64_t> newest_build_started_at_;
  std::int64_t newest_buildset_ = 0;
  // The highest id of the last page.
  std::int64_t page_after_ = 0;
  bool full_page_ = false;
  // Not asked yet.
  std::vector<std::int64_t> open_builds_;
  std::vector<std::int64_t> open_buildsets_;
  // Of those, the ones in the question under way.
  std::vector<std::int64_t> asked_;
  std::vector<Due> due_;
};

// The ids as repeated query arguments: "buildid=3&buildid=4".
std::string any_of(std::string_view field, const std::vector<std::int64_t>& ids);

// A worker is to be reported as missing because it stayed away longer than `grace` and the master's own alarm
// may have been missed. Time in which the master was away itself does not count.
bool missing_unheard(const WorkerState& worker, Millis now, Millis grace);

}  // namespace carillon::source::buildbot
