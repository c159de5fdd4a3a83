// What is known of each check: its runs, and whether it is late. A value without I/O; whoever asks says what
// time it is.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "source/hook/run.hpp"
#include "source/ping/settings.hpp"
#include "source/ping/signal.hpp"

namespace carillon::source::ping {

// "26 h", "3 days", "90 min": for people.
std::string span_of(Millis span);

class Checks {
 public:
  // The settings outlive it, and every copy.
  explicit Checks(const Settings& settings) : settings_(&settings) {}

  // What to_json() made before; null: nothing was known. From here on it can be pinged: nothing counts as
  // late until its grace has passed.
  void load(const json::value& kept, Millis now);
  json::value to_json() const;

  bool knows(std::string_view slug) const;
  // Of one that is not known: whether this ping may make it.
  bool may_create(const Signal& signal) const;

  // The run that a start began, or an end ended; nullopt: it was told before, as curl tried again; it counts
  // as a ping all the same. Of a check that is known, or may be made.
  std::optional<hook::Run> hear(const Signal& signal, Millis now);
  // Run::id of the run that a log belongs to; "": none is open.
  std::string open_run(const Signal& signal) const;

  // Of checks that have become late: runs that began and did not end in time, which end thereby; where there
  // is none, a made-up run. One for each time. To be asked again and again: a long time without a question is
  // one in which nobody could ping.
  std::vector<hook::Run> overdue(Millis now);
  // When the next one becomes late, as far as is known now; nullopt: none will.
  std::optional<Millis> next_due() const;

 private:
  struct Open {
    std::string rid;
    std::int64_t number = 0;
    // Seconds.
    std::int64_t started = 0;
  };
  // A run that has ended, by its rid, and when.
  struct Ended {
    std::string rid;
    Millis at = 0;
  };
  struct Known {
    // Of its last run.
    std::int64_t number = 0;
    // When it was heard of last, and when it was first known; 0: never.
    Millis last = 0;
    Millis since = 0;
    // It was told that it is late: when it had been heard of last.
    std::optional<Millis> late;
    // The newest last.
    std::vector<Open> open;
    std::deque<Ended> ended;
  };
  static json::value to_json(const Known& known);
  static Known from_json(const json::object& kept);
  const Schedule* schedule_of(std::string_view slug) const;
  // When what was heard then is late.
  Millis due_after(Millis heard, const Schedule& schedule) const;
  // nullopt: never, or it was told.
  std::optional<Millis> due(const Known& known, const Schedule& schedule) const;
  // Ends those that are due by now.
  std::vector<hook::Run> end_overdue(std::string_view slug, Known& known, const Schedule& schedule,
                                     Millis now) const;
  static hook::Run run_of(std::string_view slug, std::int64_t number);
  hook::Run end(const Signal& signal, Known& known, Millis now) const;

  const Settings* settings_;
  std::map<std::string, Known, std::less<>> known_;
  // Since when pings can be heard, and when that was seen last.
  Millis awake_ = 0;
  Millis looked_ = 0;
};

}  // namespace carillon::source::ping
