#include <algorithm>
#include <iostream>

#include "cli/known_names.hpp"
#include "cli/ledger_commands.hpp"
#include "cli/shown_delivery.hpp"
#include "model/build.hpp"
#include "settings/error.hpp"
#include "store/open.hpp"
#include "view/story.hpp"

namespace carillon::cli {
namespace {

void print_event(const Colours& colours, const view::EventStory& story) {
  const store::LedgerEvent& entry = story.event;
  const std::string by = text_at(entry.event.body, "heard_by");
  std::cout << "  " << colours.bold(printable(view::title_of(entry))) << "  "
            << colours.dim(printable(entry.event.key) + ", heard " + time_text(entry.heard) + " from " +
                           entry.event.source + (by.empty() ? "" : " (" + printable(by) + ")"))
            << "\n";
  for (const std::string& note : story.notes)
    std::cout << shown_line("    ", "note: " + printable(note));
  if (entry.decisions.empty() && !entry.event.untold.empty())
    std::cout << "    " << colours.dim("nobody is told: " + printable(entry.event.untold)) << "\n";
  for (const ReporterDecision& decision : entry.decisions) {
    using Outcome = Decision::Outcome;
    const Outcome outcome = decision.decision.outcome;
    const bool ignored = outcome == Outcome::ignore;
    const char* verb = ignored                        ? "no: "
                       : outcome == Outcome::silenced ? "silenced: "
                       : outcome == Outcome::summary  ? "with its buildset: "
                                                      : "yes: ";
    const std::string line = printable(decision.reporter) + "  " + verb + printable(decision.decision.reason);
    std::cout << (ignored ? "    " + colours.dim(line) + "\n" : shown_line("    ", line));
    for (const std::string& open : entry.open_notifications) {
      if (open == decision.reporter) std::cout << "      not worded yet\n";
    }
    bool any = false;
    for (const view::DeliveryStory& delivery : story.deliveries) {
      const store::LedgerRow& row = delivery.row;
      if (row.reporter != decision.reporter) continue;
      any = true;
      print_delivery(colours, row, "      ");
      for (const store::LedgerAttempt& attempt : delivery.attempts) {
        std::cout << "          " << time_text(attempt.at) << "  " << printable(attempt.answer) << "\n";
      }
    }
    const bool worded = outcome == Outcome::report && entry.open_notifications.empty();
    if (!worded || any) continue;
    const bool set = kind_of(entry.event.key) == EventKind::buildset_complete;
    std::cout << (set ? "      none of its builds was to be told of\n" : "      there was nobody to tell\n");
  }
}

// That of a build where there is one, else of its request.
const json::object& body_of(const std::vector<view::EventStory>& stories) {
  const auto build = std::ranges::find_if(
      stories, [](const view::EventStory& story) { return is_build(kind_of(story.event.event.key)); });
  return (build != stories.end() ? *build : stories.front()).event.event.body;
}

}  // namespace

int explain_build(const server::LedgerPlace& place, const std::string& build) {
  const auto named = parse_build_name(build);
  if (!named)
    throw settings::ConfigError("'" + build +
                                "' names no build: give BUILDER/NUMBER, BUILDER, an id or a URL");
  const auto ledger = store::open_ledger(server::database_of(place), store::Access::reading);
  const Millis now = SystemClock().now();
  const std::vector<view::EventStory> stories = view::story_of(*ledger, *named, now);
  if (stories.empty()) {
    if (place.json) std::cout << "{\"events\": []}\n";
    std::cerr << "carillon: " << printable(nothing_heard(*ledger, build)) << "\n";
    return 1;
  }
  const json::object& body = body_of(stories);
  if (place.json) {
    json::object out;
    out["builder"] = BuildView(body).builder().value_or("");
    out["number"] = BuildView(body).number().value_or(0);
    json::array list;
    for (const view::EventStory& story : stories)
      list.push_back(view::to_json(story));
    out["events"] = std::move(list);
    std::cout << json::serialize(out) << "\n";
    return 0;
  }
  const Colours colours;
  const auto number = BuildView(body).number();
  std::cout << colours.bold((number ? "build #" + std::to_string(*number) : "a request") + " of " +
                            printable(BuildView(body).builder().value_or("")))
            << "  " << printable(BuildView(body).url().value_or("")) << "\n";
  std::vector<store::Pause> concerned;
  for (const view::EventStory& story : stories) {
    print_event(colours, story);
    for (const view::DeliveryStory& delivery : story.deliveries) {
      const auto is_it = [&](const store::Pause& known) { return known.reporter == delivery.row.reporter; };
      if (delivery.pause && std::ranges::none_of(concerned, is_it)) concerned.push_back(*delivery.pause);
    }
  }
  print_pauses(colours, concerned);
  return 0;
}

}  // namespace carillon::cli
