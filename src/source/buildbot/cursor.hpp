// How far a master's events are reported: what is stored between runs, and what decides that an event is due.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace carillon::source::buildbot {

struct WorkerState {
  bool connected = false;
  // 0: connected, or away since before we knew it.
  Millis away_since = 0;
  // A later time from which the absence counts: the master was away itself; else 0.
  Millis counted_from = 0;
  // It was away while the link was down: the master's own alarm may have been missed.
  bool unheard = false;
  // Reported for this absence.
  bool missing = false;
  // Occurrence of that report.
  std::string outage;
  // Whom the last alarm named.
  json::array notify;

  // Forgets the absence.
  void came_back() {
    auto names = std::move(notify);
    *this = WorkerState();
    connected = true;
    notify = std::move(names);
  }
};

// A value: the methods only change the object. Build and buildset ids only grow, but they are not announced
// in order.
class Cursor {
 public:
  // nullopt for null and for what no version of us has written.
  static std::optional<Cursor> from_json(const json::value& value);
  json::value to_json() const;

  // What tells the builds of a recreated database from those before, as Event.occurrence; empty at first.
  std::string epoch;

  std::int64_t build() const { return build_; }  // the highest id known
  std::int64_t buildset() const { return buildset_; }
  std::optional<std::int64_t> build_started_at() const { return build_started_at_; }  // of build()

  // builds/N/new is not reported.
  bool start_due(std::int64_t build) const;
  // builds/N/finished is not reported.
  bool finish_due(std::int64_t build) const;
  // buildsets/N/complete is not reported.
  bool complete_due(std::int64_t buildset) const;

  // Exists; nothing is reported yet.
  void build_seen(std::int64_t build, std::optional<std::int64_t> started_at);
  // Reported, or not wanted.
  void build_started(std::int64_t build, std::optional<std::int64_t> started_at);
  void build_finished(std::int64_t build);
  void buildset_seen(std::int64_t buildset);
  // One that counted as reported is not.
  void mark_incomplete(std::int64_t buildset);
  void buildset_complete(std::int64_t buildset);
  // The highest ids of a master that is seen for the first time; what there is counts as reported.
  void begin_at(std::int64_t build, std::optional<std::int64_t> started_at, std::int64_t buildset);

  // Requests whose last report left something open: they were reported as waiting, or their last build is to
  // be repeated. By id, whether they had such a build.
  const std::map<std::int64_t, bool>& open_requests() const { return open_requests_; }
  void open_request(std::int64_t request, bool retried);
  void close_request(std::int64_t request) { open_requests_.erase(request); }

  // Ids whose end is not reported, ascending.
  std::vector<std::int64_t> open_builds() const;
  std::vector<std::int64_t> open_buildsets() const;

  std::map<std::int64_t, WorkerState> workers;

 private:
  void raise_build(std::int64_t build, std::optional<std::int64_t> started_at);
  void raise_buildset(std::int64_t buildset);

  std::int64_t build_ = 0;
  std::optional<std::int64_t> build_started_at_;
  // Reported as started.
  std::set<std::int64_t> running_;
  // Nothing reported.
  std::set<std::int64_t> unannounced_;
  std::int64_t buildset_ = 0;
  std::set<std::int64_t> incomplete_;
  std::map<std::int64_t, bool> open_requests_;
};

}  // namespace carillon::source::buildbot
