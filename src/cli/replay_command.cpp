#include "cli/replay_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <limits>
#include <map>
#include <thread>

#include "base/terminal.hpp"
#include "cli/known_names.hpp"
#include "cli/moment.hpp"
#include "cli/offline_runtime.hpp"
#include "cli/person.hpp"
#include "cli/progress_line.hpp"
#include "pipeline/replay.hpp"
#include "server/control.hpp"
#include "server/roster_record.hpp"
#include "settings/error.hpp"

namespace carillon::cli {
namespace {

using settings::ConfigError;

constexpr std::size_t page = 200;              // events read, decided and ordered in one go
constexpr std::size_t most_open = 2000;        // notifications that the server has not worded; more wait
constexpr std::size_t ask_above = 100;         // reports
constexpr std::chrono::milliseconds look{50};  // while the server works them off
constexpr std::chrono::seconds patience{10};   // without any progress of the server's

struct Range {
  RowId after = 0;
  RowId up_to = 0;
};

Range range_of(OfflineRuntime& runtime, const ReplayOptions& options) {
  const Millis now = runtime.clock().now();
  store::Ledger& ledger = runtime.ledger();
  Range range;
  range.up_to = options.up_to.value_or(ledger.last_before(std::numeric_limits<Millis>::max()));
  if (!options.until.empty())
    range.up_to = std::min(range.up_to, ledger.last_before(moment_of("--until", options.until, now)));
  if (!options.since.empty()) {
    const Millis since = moment_of("--since", options.since, now);
    if (since > now) throw ConfigError("--since '" + options.since + "' is in the future");
    if (!options.until.empty() && moment_of("--until", options.until, now) < since)
      throw ConfigError("--until is before --since");
    range.after = ledger.last_before(since);
  }
  if (options.after) range.after = std::max(range.after, *options.after);
  return range;
}

// The reporters that are meant. What people subscribed to is about what happens now.
pipeline::Roster chosen(const OfflineRuntime& runtime, const ReplayOptions& options) {
  pipeline::Roster roster;
  if (!options.reporter.empty()) {
    const pipeline::RosterEntry& entry = runtime.reporter(options.reporter);
    if (entry.rule.audience)
      throw ConfigError(entry.name + " announces what happens while it happens, and cannot repeat it");
    roster.entries.push_back(entry);
    return roster;
  }
  for (const pipeline::RosterEntry& entry : runtime.roster().entries) {
    if (!entry.rule.audience) roster.entries.push_back(entry);
  }
  if (roster.entries.empty())
    throw ConfigError("the configuration names no reporter that could report again");
  return roster;
}

void check_server(OfflineRuntime& runtime, const pipeline::Roster& roster) {
  const server::RosterRecord record(runtime.ledger(), true);
  for (const pipeline::RosterEntry& entry : roster.entries) {
    const auto state = record.state_of(entry.name);
    if (state && *state != server::RosterRecord::State::configured)
      throw ConfigError("the running server does not have the reporter " + entry.name +
                        " yet: `carillon reload` first");
  }
}

// Reads the range page by page, and yields what is to be ordered of each.
class Pages {
 public:
  Pages(OfflineRuntime& runtime, pipeline::Replay& replay, Range range)
      : workshop_(runtime), replay_(replay), range_(range) {}

  bool next(std::vector<store::ReplayedEvent>& planned) {
    planned.clear();
    std::vector<store::LedgerEvent> events =
        workshop_.ledger().events_between(range_.after, range_.up_to, page);
    if (events.empty()) return false;
    range_.after = events.back().row;
    read_ += events.size();
    auto decided = workshop_.run(decide(std::move(events)));
    if (!decided) throw ConfigError(workshop_.redacted(decided.error().what));
    planned = std::move(*decided);
    return true;
  }

  RowId after() const { return range_.after; }
  std::size_t read() const { return read_; }

 private:
  Task<std::vector<store::ReplayedEvent>> decide(std::vector<store::LedgerEvent> events) {
    std::vector<store::ReplayedEvent> all;
    for (store::LedgerEvent& event : events) {
      auto planned = co_await replay_.plan(std::move(event));
      if (!planned) co_return failed(planned);
      std::ranges::move(*planned, std::back_inserter(all));
    }
    co_return all;
  }

  OfflineRuntime& workshop_;
  pipeline::Replay& replay_;
  Range range_;
  std::size_t read_ = 0;
};

struct Count {
  std::size_t events = 0;
  std::size_t reports = 0;
  std::map<std::string, std::size_t> by_reporter;
};

Count count(OfflineRuntime& runtime, pipeline::Replay& replay, Range range, bool silent) {
  Count count;
  ProgressLine progress("events", static_cast<std::size_t>(std::max<RowId>(range.up_to - range.after, 0)),
                        silent);
  Pages pages(runtime, replay, range);
  std::vector<store::ReplayedEvent> planned;
  while (pages.next(planned)) {
    for (const store::ReplayedEvent& event : planned) {
      count.reports += event.reporters.size();
      for (const std::string& reporter : event.reporters)
        ++count.by_reporter[reporter];
    }
    progress.show(pages.read(), "nothing is ordered yet");
  }
  count.events = pages.read();
  return count;
}

// Waits while the server has enough to word; goes on when it makes no progress (the notifications are safe).
class Pace {
 public:
  Pace(OfflineRuntime& runtime, bool server) : workshop_(runtime), server_(server) {}

  // done: reports ordered so far. added: by the last batch.
  void wait(ProgressLine& progress, std::size_t done, std::size_t added) {
    if (!server_) return;
    std::size_t open = workshop_.ledger().open_order_count();
    stalled_ = stalled_ && open >= before_ + added;
    auto left = stalled_ ? std::chrono::milliseconds(0) : std::chrono::milliseconds(patience);
    while (!interrupted() && open > most_open && left.count() > 0) {
      std::this_thread::sleep_for(look);
      const std::size_t now = workshop_.ledger().open_order_count();
      left = now < open ? std::chrono::milliseconds(patience) : left - look;
      open = now;
      progress.show(done, std::to_string(open) + " not worded yet");
    }
    stalled_ = open > most_open && left.count() <= 0;
    before_ = open;
  }

 private:
  OfflineRuntime& workshop_;
  bool server_;
  bool stalled_ = false;
  std::size_t before_ = 0;
};

struct Ended {
  store::ReplayedOrders notifications;
  RowId after = 0;
  bool whole = true;
  std::string error;  // why not, unless it was interrupted
};

Ended order_all(OfflineRuntime& runtime, pipeline::Replay& replay, Range range, std::size_t total,
                bool server, bool silent) {
  Ended ended;
  ended.after = range.after;
  const std::int64_t number = runtime.clock().now();
  ProgressLine progress("reports", total, silent);
  Pages pages(runtime, replay, range);
  Pace pace(runtime, server);
  std::vector<store::ReplayedEvent> planned;
  try {
    while (!interrupted() && pages.next(planned)) {
      const store::ReplayedOrders made = runtime.ledger().order_again(planned, number);
      ended.notifications.made += made.made;
      ended.notifications.open += made.open;
      ended.notifications.gone += made.gone;
      ended.after = pages.after();
      progress.show(ended.notifications.made + ended.notifications.open + ended.notifications.gone);
      pace.wait(progress, ended.notifications.made, made.made);
    }
  } catch (const std::exception& error) {  // a full disk, a database that is locked
    ended.error = error.what();
  }
  ended.whole = ended.error.empty() && (!interrupted() || ended.after >= range.up_to);
  return ended;
}

bool confirmed(const Count& count, const ReplayOptions& options) {
  if (options.yes || count.reports <= ask_above || isatty(STDIN_FILENO) == 0) return true;
  for (const auto& [reporter, reports] : count.by_reporter)
    std::cerr << reports << " for " << printable(reporter) << "\n";
  return says_yes(std::to_string(count.reports) + " reports go out again. Go on?");
}

json::object counts_of(const Count& count) {
  json::object out;
  out["events"] = count.events;
  out["reports"] = count.reports;
  json::object reporters;
  for (const auto& [reporter, reports] : count.by_reporter)
    reporters[reporter] = reports;
  out["reporters"] = std::move(reporters);
  return out;
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
  if (!place.db_url.empty()) command += " --db " + quoted(place.db_url);
  if (!options.reporter.empty()) command += " --reporter " + quoted(options.reporter);
  if (!options.builder.empty()) command += " --builder " + quoted(options.builder);
  return command;
}

int show_dry_run(const server::LedgerPlace& place, const Count& count) {
  if (place.json) {
    json::object out = counts_of(count);
    out["dry_run"] = true;
    std::cout << json::serialize(out) << "\n";
    return 0;
  }
  for (const auto& [reporter, reports] : count.by_reporter)
    std::cout << reports << " for " << printable(reporter) << "\n";
  std::cout << counted(count.reports, "report") << " would go out again, of "
            << counted(count.events, "event") << "\n";
  return 0;
}

int show_end(const server::LedgerPlace& place, const ReplayOptions& options, const Count& count,
             const Ended& ended, RowId up_to, bool server) {
  if (place.json) {
    json::object out = counts_of(count);
    out["dry_run"] = false;
    out["done"] = ended.whole;
    out["ordered"] = ended.notifications.made;
    out["not_worded_yet"] = ended.notifications.open;
    out["after"] = ended.after;
    out["up_to"] = up_to;
    std::cout << json::serialize(out) << "\n";
  } else {
    std::cout << ended.notifications.made << " of " << counted(count.reports, "report")
              << (count.reports == 1 ? " is" : " are") << " ordered again; "
              << (server ? "the server sends them" : "no server is running: they go out when one is started")
              << "\n";
    if (ended.notifications.open > 0)
      std::cout << ended.notifications.open << " were not worded yet, and go out once\n";
  }
  if (ended.whole) return 0;
  std::cerr << "carillon: " << (ended.error.empty() ? "stopped" : ended.error + ": stopped")
            << " after event " << ended.after << "; what is ordered goes out. Go on with:\n  "
            << how_to_go_on(place, options, ended.after, up_to) << "\n";
  return 1;
}

}  // namespace

int replay(const server::LedgerPlace& place, const ReplayOptions& options) {
  OfflineRuntime& runtime = OfflineRuntime::make();
  runtime.open(place);
  if (!runtime.has_database()) {
    throw ConfigError(runtime.database() +
                      " does not exist yet: has `carillon run` been started with this configuration?");
  }
  if (!options.builder.empty()) require_builder(runtime.ledger(), options.builder);
  const Range range = range_of(runtime, options);
  const pipeline::Roster roster = chosen(runtime, options);
  const bool server = server::server_runs(runtime.database());
  if (server) check_server(runtime, roster);
  pipeline::Replay planner(runtime.store(), roster, runtime.find_source(), options.builder);
  const Count found = count(runtime, planner, range, place.json);
  if (options.dry_run) return show_dry_run(place, found);
  if (!confirmed(found, options)) {
    std::cerr << "carillon: nothing is reported again\n";
    return 1;
  }
  watch_interrupts();  // they end the batch that is under way, and then the command
  const Ended ended = order_all(runtime, planner, range, found.reports, server, place.json);
  return show_end(place, options, found, ended, range.up_to, server);
}

}  // namespace carillon::cli
