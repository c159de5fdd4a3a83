// Whether a reporter wants an event, and why (not). Pure: event and history in, decision with a named reason
// out.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/decision.hpp"
#include "model/event.hpp"
#include "settings/arguments.hpp"

namespace carillon::rule {

// The manual's modes, as bits.
enum class Mode : unsigned {
  change = 1,
  failing = 2,
  passing = 4,
  problem = 8,
  warnings = 16,
  exception = 32,
  cancelled = 64,
};
std::string_view name(Mode mode);

// A set of modes.
class Modes {
 public:
  static Modes all();
  static std::optional<Mode> parse(std::string_view word);
  void add(Mode mode) { bits_ |= static_cast<unsigned>(mode); }
  bool has(Mode mode) const { return (bits_ & static_cast<unsigned>(mode)) != 0; }
  bool empty() const { return bits_ == 0; }
  std::vector<std::string> names() const;

 private:
  unsigned bits_ = 0;
};

// nullopt: no filter. A builder's tags match when any of them is in the set.
struct Filter {
  std::optional<std::set<std::string>> builders;
  std::optional<std::set<std::string>> tags;
  std::optional<std::set<std::string>> schedulers;
  std::optional<std::set<std::string>> branches;
};

// What `change` and `problem` compare with: the last finished build of the same builder, or of the same
// builder and branch; retried builds never count.
enum class Previous { builder, branch };

struct WatchedWorkers {
  bool all = false;
  std::set<std::string> names;
  // Only workers that have a `notify` list (mail).
  bool notify_needed = false;
};

// People who subscribe and unsubscribe while Carillon runs: they decide instead of modes and filters.
// Used from the io_context thread.
class Audience {
 public:
  virtual ~Audience() = default;

  // Whether it knows who subscribed. Until then its decisions mean nothing: events and orders wait.
  virtual bool ready() const { return true; }

  // build_started, build_finished, worker_missing, worker_back (`build` is empty for workers).
  virtual Decision decide(EventKind kind, std::string_view master, const BuildFacts& build,
                          std::optional<Results> previous) const = 0;

  // Whether the answer may depend on `previous`.
  virtual bool compares() const = 0;
};

struct Rule {
  // Not null: it alone decides.
  std::shared_ptr<const Audience> audience;
  // Reports starting builds (status pushes).
  bool started = false;
  // Reports requests that wait for their build, and those that get none.
  bool waiting = false;
  // Reports every finished build whatever its result (status pushes).
  bool every_finished = false;
  // else: these.
  Modes modes;
  // One report when the buildset is complete, instead of one per build.
  bool build_set_summary = false;
  // That one is about every finished build that the filter lets pass, and with every_finished comes in
  // addition (GerritStatusPush).
  bool summary_of_all = false;
  Filter filter;
  Previous previous = Previous::builder;
  WatchedWorkers workers;
  // That the rule comes from, with its place: every reason names it.
  std::string generator;

  // Whether decide_build() needs the previous build's results.
  bool needs_history() const {
    if (audience) return audience->compares();
    return !every_finished && (modes.has(Mode::change) || modes.has(Mode::problem));
  }
};

// The arguments that the manual gives to all "notifiers" (mail, pushover, ...): mode, tags, builders,
// schedulers, branches, buildSetSummary, watchedWorkers, previous. Throws settings::ConfigError (unknown
// mode, `all` inside a list, builders and tags together, ...). Arguments that the schema does not have count
// as not given.
Rule notifier_rule(const settings::Arguments& args);

// The rule of the status pushes: every start and every end; `builders` and, where the schema has it, `tags`;
// waiting requests where `pendingDescription` is given.
Rule status_push_rule(const settings::Arguments& args);

// The rule of the generator that the reporter was given as `generators` ([description, object], as
// script/python/generators.py makes it); `otherwise` when it was given none. Throws settings::ConfigError.
Rule generator_rule(const settings::Arguments& args, Rule otherwise);

// A waiting request, or one that ended without a build. The latter is reported, too, when a build of it was
// to be repeated: otherwise the state of that one would stay for ever.
Decision decide_request(const Rule& rule, EventKind kind, const BuildFacts& request, bool retried);

// A build event. previous: results of the build to compare with; nullopt when there is none.
Decision decide_build(const Rule& rule, EventKind kind, const BuildFacts& build,
                      std::optional<Results> previous);

// Whether a finished build that was decided so belongs to its buildset's summary.
bool in_summary(const Rule& rule, const Decision& decision);

// A completed buildset. wanted_builds: how many of its builds are in_summary() for this reporter.
Decision decide_buildset(const Rule& rule, std::size_t wanted_builds);

// A worker that is missing, or is back (Event::body of such an event). The latter is for an audience only.
Decision decide_worker(const Rule& rule, EventKind kind, const json::object& worker);

}  // namespace carillon::rule
