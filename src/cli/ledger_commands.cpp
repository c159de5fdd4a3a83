#include "cli/ledger_commands.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "base/terminal.hpp"
#include "base/text.hpp"
#include "cli/known_names.hpp"
#include "cli/moment.hpp"
#include "model/build.hpp"
#include "server/control.hpp"
#include "server/roster_record.hpp"
#include "settings/error.hpp"
#include "store/open.hpp"

namespace carillon::cli {
namespace {

std::string coloured(const Colours& colours, DeliveryState state) {
  const std::string_view word = name(state);
  switch (state) {
    case DeliveryState::waiting:
      return colours.wrap("33", word);
    case DeliveryState::delivered:
      return colours.wrap("32", word);
    case DeliveryState::dead:
      return colours.wrap("31", word);
    case DeliveryState::superseded:
    case DeliveryState::dropped:
    case DeliveryState::skipped:
      return colours.wrap("2", word);
  }
  return std::string(word);
}

using store::Ledger;
using store::LedgerEvent;
using store::LedgerRow;

using store::Access;
using store::open_ledger;
using LedgerPtr = std::unique_ptr<Ledger>;

LedgerPtr open_ledger_of(const server::LedgerPlace& place, Access access = Access::existing) {
  return open_ledger(server::database_of(place), access);
}

json::object delivery_json(const LedgerRow& row) {
  json::object out;
  out["id"] = row.id;
  out["reporter"] = row.reporter;
  out["state"] = name(row.state);
  out["created"] = row.created;
  out["attempts"] = row.attempts;
  out["next_at"] = row.state == DeliveryState::waiting ? json::value(row.next_at) : json::value(nullptr);
  out["settled_at"] = row.settled_at ? json::value(*row.settled_at) : json::value(nullptr);
  out["key"] = row.key;
  out["target"] = row.target;
  out["summary"] = row.summary;
  out["note"] = row.note;
  out["answer"] = row.answer;
  json::array parts;
  for (const std::string& part : row.settled) {
    json::object entry;
    entry["name"] = part.starts_with('!') ? part.substr(1) : part;
    entry["outcome"] = part.starts_with('!') ? "refused" : "delivered";
    parts.push_back(std::move(entry));
  }
  out["parts"] = std::move(parts);
  json::array files;
  for (const PayloadFile& file : row.files) {
    json::object entry;
    entry["label"] = file.label;
    entry["size"] = file.size;
    entry["file"] = file.name;
    files.push_back(std::move(entry));
  }
  out["files"] = std::move(files);
  return out;
}

// What cannot go out with it any more.
void tell_lost_files(const LedgerRow& row, const std::filesystem::path& spool) {
  for (const PayloadFile& file : row.files) {
    std::error_code unreadable;
    if (std::filesystem::exists(spool / file.name, unreadable) || unreadable) continue;
    std::cerr << "carillon: " << printable(file.label) << " is not kept any more: it goes out without it\n";
  }
}

// The pause that holds up the row, or null.
const store::Pause* pause_of(const LedgerRow& row, const std::vector<store::Pause>& pauses, Millis now) {
  if (row.state != DeliveryState::waiting) return nullptr;
  for (const store::Pause& pause : pauses) {
    if (pause.reporter == row.reporter && pause.until > now) return &pause;
  }
  return nullptr;
}

void add_pause(json::object& out, const LedgerRow& row, const std::vector<store::Pause>& pauses) {
  const store::Pause* pause = pause_of(row, pauses, SystemClock().now());
  out["paused_until"] = pause != nullptr ? json::value(pause->until) : json::value(nullptr);
  out["paused_why"] = pause != nullptr ? json::value(pause->why) : json::value(nullptr);
}

void print_pauses(const Colours& colours, const std::vector<store::Pause>& pauses) {
  const Millis now = SystemClock().now();
  for (const store::Pause& pause : pauses) {
    if (pause.until <= now) continue;
    std::cout << colours.red("paused") << " " << printable(pause.reporter) << " until "
              << time_text(pause.until) << ": " << printable(pause.why) << " (`carillon resume "
              << printable(pause.reporter) << "` ends it)\n";
  }
}

std::string when_text(const LedgerRow& row) {
  if (row.state == DeliveryState::waiting) return "next " + time_text(row.next_at);
  return time_text(row.settled_at.value_or(row.created));
}

void print_delivery(const Colours& colours, const LedgerRow& row, const std::string& indent) {
  std::cout << indent << colours.bold("#" + std::to_string(row.id)) << " " << coloured(colours, row.state)
            << "  " << when_text(row) << "  " << printable(row.reporter) << " -> " << printable(row.target)
            << "\n";
  std::cout << indent << "    " << printable(row.summary);
  if (row.attempts > 1) std::cout << ", " << row.attempts << " attempts";
  std::cout << "\n";
  for (const PayloadFile& file : row.files) {
    std::cout << indent << "    with " << printable(file.label) << ", " << file.size << " bytes\n";
  }
  if (!row.answer.empty()) std::cout << shown_line(indent + "    ", "answer: " + printable(row.answer));
  if (!row.note.empty()) std::cout << shown_line(indent + "    ", "note: " + printable(row.note));
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

json::object event_json(Ledger& ledger, const LedgerEvent& entry, const std::vector<store::Pause>& pauses) {
  json::object out;
  out["master"] = entry.event.source;
  out["key"] = entry.event.key;
  out["attempt"] = is_build(kind_of(entry.event.key)) ? json::value(BuildView(entry.event.body).run().attempt)
                                                      : json::value(nullptr);
  out["at"] = entry.event.at;
  out["heard"] = entry.heard;
  const std::string by = text_at(entry.event.body, "heard_by");
  out["heard_by"] = by.empty() ? json::value(nullptr) : json::value(by);
  json::array decisions;
  for (const ReporterDecision& decision : entry.decisions) {
    json::object of;
    of["reporter"] = decision.reporter;
    of["decision"] = name(decision.decision.outcome);
    of["reason"] = decision.decision.reason;
    decisions.push_back(std::move(of));
  }
  out["decisions"] = std::move(decisions);
  out["untold"] = entry.event.untold.empty() ? json::value(nullptr) : json::value(entry.event.untold);
  json::array open;
  for (const std::string& reporter : entry.open_notifications)
    open.emplace_back(reporter);
  out["not_worded_yet"] = std::move(open);
  json::array deliveries;
  for (const LedgerRow& row : ledger.deliveries_of(entry.row)) {
    json::object of = delivery_json(row);
    add_pause(of, row, pauses);
    json::array attempts;
    for (const store::LedgerAttempt& attempt : ledger.attempts(row.id)) {
      json::object one;
      one["at"] = attempt.at;
      one["state"] = name(attempt.state);
      one["answer"] = attempt.answer;
      attempts.push_back(std::move(one));
    }
    of["attempt_list"] = std::move(attempts);
    deliveries.push_back(std::move(of));
  }
  out["deliveries"] = std::move(deliveries);
  return out;
}

std::string event_title(const LedgerEvent& entry) {
  switch (kind_of(entry.event.key)) {
    case EventKind::build_started:
      return "started" + attempt_mark(BuildView(entry.event.body).run());
    case EventKind::build_finished: {
      const BuildFacts facts = facts_of(entry.event.body);
      return "finished" + attempt_mark(facts.run()) + ": " +
             std::string(facts.results ? name(*facts.results) : "no results");
    }
    case EventKind::buildset_complete:
      return "buildset complete";
    case EventKind::request_waiting:
      return "requested";
    case EventKind::request_ended: {
      const BuildFacts facts = facts_of(entry.event.body);
      return "ended without a build: " + std::string(facts.results ? name(*facts.results) : "no results");
    }
    case EventKind::worker_missing:
      return "worker missing";
    case EventKind::worker_back:
      return "worker back online";
    default:
      return printable(entry.event.key);
  }
}

void print_event(Ledger& ledger, const Colours& colours, const LedgerEvent& entry) {
  const std::string by = text_at(entry.event.body, "heard_by");
  std::cout << "  " << colours.bold(event_title(entry)) << "  "
            << colours.dim(printable(entry.event.key) + ", heard " + time_text(entry.heard) + " from " +
                           entry.event.source + (by.empty() ? "" : " (" + printable(by) + ")"))
            << "\n";
  if (entry.decisions.empty() && !entry.event.untold.empty())
    std::cout << "    " << colours.dim("nobody is told: " + printable(entry.event.untold)) << "\n";
  const std::vector<LedgerRow> rows = ledger.deliveries_of(entry.row);
  for (const ReporterDecision& decision : entry.decisions) {
    const bool ignored = decision.decision.outcome == Decision::Outcome::ignore;
    const char* verb = ignored                                                   ? "no: "
                       : decision.decision.outcome == Decision::Outcome::summary ? "with its buildset: "
                                                                                 : "yes: ";
    const std::string line = printable(decision.reporter) + "  " + verb + printable(decision.decision.reason);
    std::cout << (ignored ? "    " + colours.dim(line) + "\n" : shown_line("    ", line));
    for (const std::string& open : entry.open_notifications) {
      if (open == decision.reporter) std::cout << "      not worded yet\n";
    }
    bool any = false;
    for (const LedgerRow& row : rows) {
      if (row.reporter != decision.reporter) continue;
      any = true;
      print_delivery(colours, row, "      ");
      for (const store::LedgerAttempt& attempt : ledger.attempts(row.id)) {
        std::cout << "          " << time_text(attempt.at) << "  " << printable(attempt.answer) << "\n";
      }
    }
    const bool worded =
        decision.decision.outcome == Decision::Outcome::report && entry.open_notifications.empty();
    if (!worded || any) continue;
    const bool set = kind_of(entry.event.key) == EventKind::buildset_complete;
    std::cout << (set ? "      none of its builds was to be told of\n" : "      there was nobody to tell\n");
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
    json::array out;
    for (const LedgerRow& row : rows) {
      json::object of = delivery_json(row);
      add_pause(of, row, pauses);
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

int explain_build(const server::LedgerPlace& place, const std::string& build) {
  const auto named = parse_build_name(build);
  if (!named)
    throw settings::ConfigError("'" + build +
                                "' names no build: give BUILDER/NUMBER, BUILDER, an id or a URL");
  const LedgerPtr opened = open_ledger_of(place, Access::reading);
  Ledger& ledger = *opened;
  const std::vector<LedgerEvent> events = ledger.events_of(*named);
  if (events.empty()) {
    if (place.json) std::cout << "{\"events\": []}\n";
    std::cerr << "carillon: " << printable(nothing_heard(ledger, build)) << "\n";
    return 1;
  }
  const auto first_build = std::ranges::find_if(
      events, [](const LedgerEvent& entry) { return is_build(kind_of(entry.event.key)); });
  const json::object& body = (first_build != events.end() ? *first_build : events.front()).event.body;
  const std::vector<store::Pause> pauses = ledger.pauses();
  if (place.json) {
    json::object out;
    out["builder"] = BuildView(body).builder().value_or("");
    out["number"] = BuildView(body).number().value_or(0);
    json::array list;
    for (const LedgerEvent& entry : events)
      list.push_back(event_json(ledger, entry, pauses));
    out["events"] = std::move(list);
    std::cout << json::serialize(out) << "\n";
    return 0;
  }
  const Colours colours;
  const auto number = BuildView(body).number();
  std::cout << colours.bold((number ? "build #" + std::to_string(*number) : "a request") + " of " +
                            printable(BuildView(body).builder().value_or("")))
            << "  " << printable(BuildView(body).url().value_or("")) << "\n";
  for (const LedgerEvent& entry : events)
    print_event(ledger, colours, entry);
  std::vector<store::Pause> concerned;
  for (const store::Pause& pause : pauses) {
    const bool holds_up = std::ranges::any_of(events, [&](const LedgerEvent& entry) {
      return std::ranges::any_of(ledger.deliveries_of(entry.row), [&](const LedgerRow& row) {
        return row.reporter == pause.reporter && row.state == DeliveryState::waiting;
      });
    });
    if (holds_up) concerned.push_back(pause);
  }
  print_pauses(colours, concerned);
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
