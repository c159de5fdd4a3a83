#include "cli/ledger_commands.hpp"

#include <filesystem>
#include <iostream>

#include "base/terminal.hpp"
#include "base/text.hpp"
#include "cli/known_names.hpp"
#include "cli/moment.hpp"
#include "cli/shown_delivery.hpp"
#include "server/control.hpp"
#include "server/roster_record.hpp"
#include "settings/error.hpp"
#include "store/open.hpp"
#include "view/story.hpp"

namespace carillon::cli {
namespace {

using store::Ledger;
using store::LedgerRow;

using store::Access;
using store::open_ledger;
using LedgerPtr = std::unique_ptr<Ledger>;

LedgerPtr open_ledger_of(const server::LedgerPlace& place, Access access = Access::existing) {
  return open_ledger(server::database_of(place), access);
}

// What cannot go out with it any more.
void tell_lost_files(const LedgerRow& row, const std::filesystem::path& spool) {
  for (const PayloadFile& file : row.files) {
    std::error_code unreadable;
    if (std::filesystem::exists(spool / file.name, unreadable) || unreadable) continue;
    std::cerr << "carillon: " << printable(file.label) << " is not kept any more: it goes out without it\n";
  }
}

// For people who read many, and for grep.
void print_in_one_line(const Colours& colours, const LedgerRow& row) {
  std::string text = "#" + std::to_string(row.id) + " " + coloured(colours, row.state) + " " +
                     when_text(row) + " " + printable(row.reporter) + " -> " + printable(row.target) + ": " +
                     printable(row.summary);
  if (!row.answer.empty()) text += ": " + printable(row.answer);
  std::cout << text << "\n";
}

// What waits for a reporter that is not configured any more, and why.
void print_not_configured(const Colours& colours, const std::vector<store::OpenWork>& open,
                          const server::RosterRecord& roster) {
  for (const store::OpenWork& work : open) {
    const auto state = roster.state_of(work.reporter);
    if (!state || state == server::RosterRecord::State::configured) continue;
    const std::string reporter = printable(work.reporter);
    const bool draining = state == server::RosterRecord::State::draining;
    std::cout << colours.bold(reporter) << " is not in the configuration"
              << (draining ? " any more; it is removed when " : ": ") << work.deliveries + work.notifications
              << " of its reports "
              << (draining ? "are delivered"
                           : "wait until it is, or until `carillon drop --reporter " + reporter + "`")
              << "\n";
  }
}

// more: further members of the JSON.
int report_change(const server::LedgerPlace& place, std::int64_t id, const std::string& refusal,
                  const std::string& done = {}, json::object more = {}) {
  if (place.json) {
    json::object out = std::move(more);
    out["id"] = id;
    out["done"] = refusal.empty();
    if (!refusal.empty()) out["error"] = refusal;
    std::cout << json::serialize(out) << "\n";
  } else if (refusal.empty()) {
    std::cout << "delivery " << id << " " << done << "\n";
  }
  if (!refusal.empty() && !place.json) std::cerr << "carillon: " << refusal << "\n";
  return refusal.empty() ? 0 : 1;
}

}  // namespace

int list_deliveries(const server::LedgerPlace& place, const DeliveriesOptions& options) {
  const std::string database = server::database_of(place);
  const LedgerPtr opened = open_ledger(database, Access::reading);
  Ledger& ledger = *opened;
  const server::RosterRecord roster(ledger, server::server_runs(database));
  store::LedgerFilter filter;
  filter.state = delivery_state_from(options.state);
  if (!options.reporter.empty()) {
    require_reporter(ledger, roster, options.reporter);
    filter.reporter = options.reporter;
  }
  if (!options.builder.empty()) {
    require_builder(ledger, options.builder);
    filter.builder = options.builder;
  }
  if (!options.target.empty()) filter.target = options.target;
  if (!options.since.empty()) filter.since = moment_of("--since", options.since, SystemClock().now());
  filter.limit = options.limit;
  const std::vector<LedgerRow> rows = ledger.deliveries(filter);
  const std::vector<store::Pause> pauses = ledger.pauses();
  if (place.json) {
    const Millis now = SystemClock().now();
    json::array out;
    for (const LedgerRow& row : rows) {
      json::object of = view::to_json(row, view::pause_of(row, pauses, now));
      const auto state = roster.state_of(row.reporter);
      of["reporter_state"] = state ? json::value(word(*state)) : json::value(nullptr);
      out.push_back(std::move(of));
    }
    std::cout << json::serialize(out) << "\n";
    return 0;
  }
  const Colours colours;
  for (const LedgerRow& row : rows)
    options.one_line ? print_in_one_line(colours, row) : print_delivery(colours, row, "");
  if (options.one_line) return 0;
  print_pauses(colours, pauses);
  const std::vector<store::OpenWork> open = ledger.open_work();
  for (const store::OpenWork& work : open) {
    if (work.notifications > 0)
      std::cout << counted(work.notifications, "report") << " of " << printable(work.reporter)
                << (work.notifications == 1 ? " is" : " are") << " not worded yet\n";
  }
  print_not_configured(colours, open, roster);
  if (rows.empty()) std::cout << "no deliveries\n";
  return 0;
}

int resend_delivery(const server::LedgerPlace& place, std::int64_t id) {
  const std::string database = server::database_of(place);
  const LedgerPtr opened = open_ledger(database);
  Ledger& ledger = *opened;
  const Millis now = SystemClock().now();
  const std::string why_not = ledger.resend(id, now);
  const auto row = ledger.delivery(id);
  if (!row || !why_not.empty()) return report_change(place, id, why_not);
  tell_lost_files(*row, server::spool_of(database));
  const auto pause = ledger.pause_of(row->reporter, now);
  if (!pause) {
    return report_change(place, id, {},
                         server::server_runs(database)
                             ? "is due now"
                             : "is due now; no server is running: it goes out when one is started");
  }
  json::object until;
  until["paused_until"] = pause->until;
  until["paused_why"] = pause->why;
  const std::string reporter = printable(row->reporter);
  return report_change(place, id, {},
                       "is sent again at " + time_text(pause->until) + ": " + reporter +
                           " is paused until then, " + printable(pause->why) + "; `carillon resume " +
                           reporter + "` ends the pause",
                       std::move(until));
}

int resume_reporter(const server::LedgerPlace& place, const std::string& reporter) {
  const LedgerPtr opened = open_ledger_of(place);
  Ledger& ledger = *opened;
  const std::vector<std::string> resumed = ledger.resume(reporter, SystemClock().now());
  const std::string refusal =
      resumed.empty() ? "no pause holds up the reporter '" + printable(reporter) + "'" : std::string();
  if (place.json) {
    json::object out;
    out["reporter"] = reporter;
    out["done"] = refusal.empty();
    if (!refusal.empty()) out["error"] = refusal;
    out["resumed"] = json::value_from(resumed);
    std::cout << json::serialize(out) << "\n";
  } else if (refusal.empty()) {
    std::cout << "resumed: " << printable(joined(resumed, ", ")) << "\n";
  } else {
    std::cerr << "carillon: " << refusal << "\n";
  }
  return refusal.empty() ? 0 : 1;
}

int drop_delivery(const server::LedgerPlace& place, std::int64_t id) {
  const LedgerPtr opened = open_ledger_of(place);
  Ledger& ledger = *opened;
  return report_change(place, id, ledger.drop(id, SystemClock().now()), "is dropped");
}

int drop_all_of(const server::LedgerPlace& place, const std::string& reporter) {
  const std::string database = server::database_of(place);
  const LedgerPtr opened = open_ledger(database);
  Ledger& ledger = *opened;
  require_reporter(ledger, server::RosterRecord(ledger, server::server_runs(database)), reporter);
  const store::DroppedWork dropped = ledger.drop_all_of(reporter, SystemClock().now());
  const std::size_t count = dropped.deliveries + dropped.notifications;
  if (place.json) {
    json::object out;
    out["reporter"] = reporter;
    out["dropped"] = count;
    std::cout << json::serialize(out) << "\n";
  } else {
    std::cout << counted(count, "report") << " of " << printable(reporter) << (count == 1 ? " is" : " are")
              << " dropped\n";
  }
  return 0;
}

}  // namespace carillon::cli
