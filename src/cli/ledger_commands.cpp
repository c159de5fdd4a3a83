#include "cli/ledger_commands.hpp"

#include <iostream>

#include "base/terminal.hpp"
#include "cli/known_names.hpp"
#include "cli/moment.hpp"
#include "cli/news.hpp"
#include "cli/opened.hpp"
#include "cli/person.hpp"
#include "cli/shown_delivery.hpp"
#include "view/story.hpp"

namespace carillon::cli {
namespace {

using store::Ledger;
using store::LedgerRow;

constexpr std::chrono::milliseconds look_again{1000};

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

json::object row_with_reporter(const LedgerRow& row, const std::vector<store::Pause>& pauses,
                               const server::RosterRecord& roster) {
  json::object of = view::to_json(row, view::pause_of(row, pauses, SystemClock().now()));
  const auto state = roster.state_of(row.reporter);
  of["reporter_state"] = state ? json::value(word(*state)) : json::value(nullptr);
  return of;
}

store::LedgerFilter wanted_deliveries(OpenedLedger& opened, const server::RosterRecord& roster,
                                      const DeliveriesOptions& options) {
  Ledger& ledger = opened.ledger();
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
  return filter;
}

// Those that are there, and those that come, or come to another state.
int follow(OpenedLedger& opened, const Place& place, const DeliveriesOptions& options,
           const server::RosterRecord& roster, const store::LedgerFilter& filter) {
  const Colours colours;
  const auto pauses_now = [&] { return place.json ? opened.ledger().pauses() : std::vector<store::Pause>(); };
  const auto show = [&](const std::vector<LedgerRow>& rows, const std::vector<store::Pause>& pauses) {
    for (const LedgerRow& row : rows) {
      if (place.json) {
        std::cout << json::serialize(row_with_reporter(row, pauses, roster)) << "\n";
      } else {
        options.one_line ? print_in_one_line(colours, row) : print_delivery(colours, row, "");
      }
    }
    std::cout.flush();
  };
  watch_interrupts();
  DeliveryNews news(opened.ledger(), filter);
  const std::vector<LedgerRow> there = opened.ledger().deliveries(filter);
  news.know(there);
  show(there, pauses_now());
  std::string trouble;
  while (std::cout && wait_for(look_again)) {
    try {
      const std::vector<store::Pause> pauses = pauses_now();
      show(news.look(), pauses);
      trouble.clear();
    } catch (const store::Error& error) {  // a server that is away for a while
      if (trouble != error.what()) std::cerr << printable_lines(std::string("carillon: ") + error.what());
      trouble = error.what();
    }
  }
  return 0;
}

}  // namespace

int list_deliveries(const Place& place, const DeliveriesOptions& options) {
  OpenedLedger opened(place, store::Access::reading);
  Ledger& ledger = opened.ledger();
  const server::RosterRecord roster = opened.roster();
  const store::LedgerFilter filter = wanted_deliveries(opened, roster, options);
  if (options.follow) return follow(opened, place, options, roster, filter);
  const std::vector<LedgerRow> rows = ledger.deliveries(filter);
  const std::vector<store::Pause> pauses = ledger.pauses();
  if (place.json) {
    json::array out;
    for (const LedgerRow& row : rows)
      out.push_back(row_with_reporter(row, pauses, roster));
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

}  // namespace carillon::cli
