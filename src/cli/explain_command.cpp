#include <algorithm>
#include <iostream>

#include "cli/known_names.hpp"
#include "cli/ledger_commands.hpp"
#include "cli/opened.hpp"
#include "cli/shown_delivery.hpp"
#include "cli/status_command.hpp"
#include "model/build.hpp"
#include "settings/error.hpp"
#include "view/told.hpp"

namespace carillon::cli {
namespace {

// With what it waits for.
void print_story(const Colours& colours, const view::DeliveryStory& story,
                 const std::optional<view::ServerStatus>& server, const std::string& indent) {
  print_delivery(colours, story.row, indent);
  const std::string why = view::why_waiting(story, view::no_answer_of(server, story.row.reporter));
  if (why != story.row.answer && !why.empty())
    std::cout << shown_line(indent + "    ", "waits: " + printable(why));
}

void print_event(const Colours& colours, const view::EventStory& story,
                 const std::optional<view::ServerStatus>& server) {
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
      print_story(colours, delivery, server, "      ");
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

// Whether somebody was told, by whom, and else what each reporter says of it.
void print_who(const Colours& colours, const view::Told& told,
               const std::optional<view::ServerStatus>& server) {
  for (const view::ToldBy& one : told.by) {
    const store::LedgerRow& row = one.delivery->row;
    const char* verb = one.state == DeliveryState::delivered ? " was told by "
                       : one.state == DeliveryState::waiting ? " is not told yet by "
                                                             : " was not told by ";
    std::cout << colours.bold(printable(told.who)) << verb << printable(row.reporter)
              << ", of: " << printable(view::title_of(one.event->event)) << "\n";
    print_story(colours, *one.delivery, server, "  ");
    if (one.state != row.state)
      std::cout << "      for this address: " << coloured(colours, one.state) << "\n";
  }
  if (!told.by.empty()) return;
  std::cout << colours.bold(printable(told.who)) << " was not told, by any reporter:\n";
  const view::EventStory* of = nullptr;
  for (const view::Untold& one : told.untold) {
    if (of != one.event) std::cout << "  " << printable(view::title_of(one.event->event)) << "\n";
    of = one.event;
    std::cout << shown_line("    ", printable(one.reporter.empty() ? "nobody is told: " + one.why
                                                                   : one.reporter + "  " + one.why));
  }
}

// How the server is, where something waits.
std::optional<view::ServerStatus> server_of(OpenedLedger& opened,
                                            const std::vector<view::EventStory>& stories) {
  for (const view::EventStory& story : stories) {
    for (const view::DeliveryStory& delivery : story.deliveries) {
      if (delivery.row.state == DeliveryState::waiting) return status_of(opened).server;
    }
  }
  return std::nullopt;
}

// Those that hold up any of it, once for each reporter.
void print_pauses_of(const Colours& colours, const std::vector<view::EventStory>& stories) {
  std::vector<store::Pause> concerned;
  for (const view::EventStory& story : stories) {
    for (const view::DeliveryStory& delivery : story.deliveries) {
      const auto is_it = [&](const store::Pause& known) { return known.reporter == delivery.row.reporter; };
      if (delivery.pause && std::ranges::none_of(concerned, is_it)) concerned.push_back(*delivery.pause);
    }
  }
  print_pauses(colours, concerned);
}

json::object explained(const std::vector<view::EventStory>& stories, const std::string& who) {
  const json::object& body = body_of(stories);
  json::object out;
  out["builder"] = BuildView(body).builder().value_or("");
  out["number"] = BuildView(body).number().value_or(0);
  json::array list;
  for (const view::EventStory& story : stories)
    list.push_back(view::to_json(story));
  out["events"] = std::move(list);
  if (!who.empty()) out["who"] = view::to_json(view::told_to(stories, who));
  return out;
}

}  // namespace

int explain_build(const Place& place, const ExplainOptions& options) {
  const std::string& build = options.build;
  const auto named = parse_build_name(build);
  if (!named)
    throw settings::ConfigError("'" + build +
                                "' names no build: give BUILDER/NUMBER, BUILDER, an id or a URL");
  OpenedLedger opened(place, store::Access::reading);
  if (opened.remote() != nullptr) opened.remote()->ask_for(options.who);
  const std::vector<view::EventStory> stories = view::story_of(opened.ledger(), *named, SystemClock().now());
  if (stories.empty()) {
    if (place.json) std::cout << "{\"events\": []}\n";
    std::cerr << "carillon: " << printable(nothing_heard(opened.ledger(), build)) << "\n";
    return 1;
  }
  if (place.json) {
    std::cout << json::serialize(explained(stories, options.who)) << "\n";
    return 0;
  }
  const json::object& body = body_of(stories);
  const Colours colours;
  const auto number = BuildView(body).number();
  std::cout << colours.bold((number ? "build #" + std::to_string(*number) : "a request") + " of " +
                            printable(BuildView(body).builder().value_or("")))
            << "  " << printable(BuildView(body).url().value_or("")) << "\n";
  const auto server = server_of(opened, stories);
  if (options.who.empty()) {
    for (const view::EventStory& story : stories)
      print_event(colours, story, server);
  } else {
    print_who(colours, view::told_to(stories, options.who), server);
  }
  print_pauses_of(colours, stories);
  return 0;
}

}  // namespace carillon::cli
