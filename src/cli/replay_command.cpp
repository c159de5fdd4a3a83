#include "cli/replay_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "base/terminal.hpp"
#include "cli/known_names.hpp"
#include "cli/moment.hpp"
#include "cli/offline_runtime.hpp"
#include "cli/person.hpp"
#include "cli/progress_line.hpp"
#include "pipeline/replay_walk.hpp"
#include "server/control.hpp"
#include "server/roster_record.hpp"
#include "settings/error.hpp"

namespace carillon::cli {
namespace {

using pipeline::ReplayPace;
using pipeline::ReplayWalk;
using settings::ConfigError;

constexpr std::size_t ask_above = 100;  // reports

void check_server(OfflineRuntime& runtime, const pipeline::Roster& roster) {
  const server::RosterRecord record(runtime.ledger(), true);
  for (const pipeline::RosterEntry& entry : roster.entries) {
    const auto state = record.state_of(entry.name);
    if (state && *state != server::RosterRecord::State::configured)
      throw ConfigError("the running server does not have the reporter " + entry.name +
                        " yet: `carillon reload` first");
  }
}

// What the command does with its database.
class Replaying {
 public:
  Replaying(OfflineRuntime& runtime, pipeline::Roster roster, const std::string& builder, bool silent)
      : workshop_(runtime),
        ledger_(pipeline::on_this_thread(runtime.ledger())),
        planner_(runtime.store(), std::move(roster), runtime.find_source(), builder),
        walk_(ledger_, planner_),
        silent_(silent) {}

  void count(ReplayJob& job) {
    const auto events = static_cast<std::size_t>(std::max<std::int64_t>(job.range.up_to - job.at, 0));
    ProgressLine progress("events", events, silent_);
    while (true) {
      const auto more = workshop_.run(walk_.count(job));
      if (!more) throw ConfigError(workshop_.redacted(more.error().what));
      if (!*more) break;
      progress.show(job.count.events, "nothing is ordered yet");
    }
    job.at = job.range.after;
  }

  // Until it is done, interrupted, or failed: a full disk, a database that is locked.
  void order(ReplayJob& job, bool server) {
    ProgressLine progress("reports", job.count.all().reports, silent_);
    job.mark = workshop_.clock().now();
    job.state = ReplayState::ordering;
    ReplayPace pace;
    try {
      while (!interrupted()) {
        if (server) wait_for_room(job, pace, progress);
        const auto more = workshop_.run(walk_.order(job));
        if (!more) throw store::Error(more.error().what);
        if (!*more) break;
        progress.show(job.ordered + job.open + job.gone);
      }
    } catch (const std::exception& error) {
      job.trouble = workshop_.redacted(error.what());
    }
    const bool whole = job.trouble.empty() && (!interrupted() || job.at >= job.range.up_to);
    job.state = whole ? ReplayState::done : ReplayState::stopped;
  }

 private:
  void wait_for_room(const ReplayJob& job, ReplayPace& pace, ProgressLine& progress) {
    std::size_t open = workshop_.ledger().open_order_count();
    while (!pace.has_room(open) && wait_for(ReplayPace::look)) {
      progress.show(job.ordered, std::to_string(open) + " not worded yet");
      open = workshop_.ledger().open_order_count();
    }
  }

  OfflineRuntime& workshop_;
  pipeline::WithLedger ledger_;
  pipeline::Replay planner_;
  ReplayWalk walk_;
  bool silent_;
};

// In the words of the command line.
template <class T>
T said(Result<T> result) {
  if (!result) throw ConfigError("--" + result.error().what);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

ReplayJob wanted(OfflineRuntime& runtime, const ReplayOptions& options) {
  const Millis now = runtime.clock().now();
  if (!options.since.empty()) moment_of("--since", options.since, now);
  if (!options.until.empty()) moment_of("--until", options.until, now);
  ReplayJob job;
  job.wish = {options.since,   options.until, Zone::local,  options.reporter,
              options.builder, options.after, options.up_to};
  said(pipeline::understand(job, runtime.ledger(), now));
  return job;
}

std::string shown_share(const std::string& reporter, const ReplayShare& share) {
  std::string line = std::to_string(share.reports) + " for " + printable(reporter);
  std::string more;
  if (share.delivered > 0) more = std::to_string(share.delivered) + " a second time";
  if (share.waiting > 0)
    more += (more.empty() ? "" : ", ") + std::to_string(share.waiting) + " wait already, and go out once";
  return line + (more.empty() ? "" : " (" + more + ")") + "\n";
}

bool confirmed(const ReplayCount& count, const ReplayOptions& options) {
  const std::size_t reports = count.all().reports;
  if (options.yes || reports <= ask_above || isatty(STDIN_FILENO) == 0) return true;
  for (const auto& [reporter, share] : count.by_reporter)
    std::cerr << shown_share(reporter, share);
  return says_yes(std::to_string(reports) + " reports go out again. Go on?");
}

std::string how_to_go_on(const server::LedgerPlace& place, const ReplayOptions& options, RowId after,
                         RowId up_to) {
  const auto quoted = [](const std::string& text) {
    std::string out = "'";
    for (const char c : text)
      out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
  };
  std::string command =
      "carillon replay --after " + std::to_string(after) + " --up-to " + std::to_string(up_to);
  if (place.config != server::LedgerPlace().config) command += " -c " + quoted(place.config);
  if (!place.db_url.empty()) command += " --db " + quoted(server::address_of(place.db_url).url());
  if (!options.reporter.empty()) command += " --reporter " + quoted(options.reporter);
  if (!options.builder.empty()) command += " --builder " + quoted(options.builder);
  return command;
}

int show_dry_run(const server::LedgerPlace& place, const ReplayCount& count) {
  if (place.json) {
    json::object out = to_json(count);
    out["dry_run"] = true;
    std::cout << json::serialize(out) << "\n";
    return 0;
  }
  for (const auto& [reporter, share] : count.by_reporter)
    std::cout << shown_share(reporter, share);
  std::cout << counted(count.all().reports, "report") << " would go out again, of "
            << counted(count.events, "event") << "\n";
  return 0;
}

int show_end(const server::LedgerPlace& place, const ReplayOptions& options, const ReplayJob& job,
             bool server) {
  const bool whole = job.state == ReplayState::done;
  const std::size_t reports = job.count.all().reports;
  if (place.json) {
    json::object out = to_json(job.count);
    out["dry_run"] = false;
    out["done"] = whole;
    out["ordered"] = job.ordered;
    out["not_worded_yet"] = job.open;
    out["after"] = job.at;
    out["up_to"] = job.range.up_to;
    std::cout << json::serialize(out) << "\n";
  } else {
    std::cout << job.ordered << " of " << counted(reports, "report") << (reports == 1 ? " is" : " are")
              << " ordered again; "
              << (server ? "the server sends them" : "no server is running: they go out when one is started")
              << "\n";
    if (job.open > 0) std::cout << job.open << " were not worded yet, and go out once\n";
  }
  if (whole) return 0;
  std::cerr << "carillon: " << (job.trouble.empty() ? "stopped" : job.trouble + ": stopped")
            << " after event " << job.at << "; what is ordered goes out. Go on with:\n  "
            << how_to_go_on(place, options, job.at, job.range.up_to) << "\n";
  return 1;
}

// In the audit log, as what is done in the browser.
void note_deed(OfflineRuntime& runtime, const std::string& about) {
  runtime.ledger().note({0, runtime.clock().now(), user_of_command(), {}, "replay", about, {}});
}

}  // namespace

int replay(const server::LedgerPlace& place, const ReplayOptions& options) {
  OfflineRuntime& runtime = OfflineRuntime::make();
  runtime.open(place);
  if (!runtime.has_database()) {
    throw ConfigError(runtime.database().shown() +
                      " does not exist yet: has `carillon run` been started with this configuration?");
  }
  // These guess at what was meant.
  if (!options.builder.empty()) require_builder(runtime.ledger(), options.builder);
  if (!options.reporter.empty()) runtime.reporter(options.reporter);
  ReplayJob job = wanted(runtime, options);
  pipeline::Roster roster = said(pipeline::reporters_of(runtime.roster(), options.reporter));
  const bool server = server::is_served(runtime.database());
  if (server) check_server(runtime, roster);
  Replaying replaying(runtime, std::move(roster), options.builder, place.json);
  replaying.count(job);
  if (options.dry_run) return show_dry_run(place, job.count);
  if (!confirmed(job.count, options)) {
    std::cerr << "carillon: nothing is reported again\n";
    return 1;
  }
  watch_interrupts();  // they end the batch that is under way, and then the command
  replaying.order(job, server);
  const int code = show_end(place, options, job, server);
  if (job.ordered > 0) note_deed(runtime, progress_of(job) + ", " + subject_of(job));
  return code;
}

}  // namespace carillon::cli
