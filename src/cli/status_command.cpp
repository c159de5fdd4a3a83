#include "cli/status_command.hpp"

#include <iostream>

#include "base/terminal.hpp"
#include "base/text.hpp"
#include "server/control.hpp"
#include "view/builds.hpp"
#include "view/read.hpp"

namespace carillon::cli {
namespace {

void ask_for_status(const store::Address& database, view::Status& status) {
  json::object request;
  request["do"] = "status";
  try {
    const auto answer = server::ask_server(database.beside(), request);
    status.running = answer.has_value() || store::is_served(database);
    if (!answer && status.running)
      status.no_answer = "the server cannot be asked from here: `carillon status --server URL` asks it";
    if (!answer) return;
    if (const auto error = string_at(*answer, "error")) {
      status.no_answer = "the server cannot say how it is: " + std::string(*error);
    } else {
      status.server = view::server_status_of(*answer);
    }
  } catch (const std::runtime_error& error) {  // it is another user's
    status.running = true;
    status.no_answer = error.what();
  }
}

std::string link_text(const source::Observed& source) {
  if (!source.link) return "builds are posted to it";
  const source::LinkState& link = *source.link;
  if (link.up) {
    return "connected since " + time_text(link.since) +
           (link.unseen.empty() ? "" : "; " + joined(link.unseen, "; "));
  }
  std::string text = "not connected since " + time_text(link.since);
  if (!link.trouble.empty()) text += ": " + link.trouble;
  return text + (link.next > 0 ? "; next try " + time_text(link.next) : "");
}

// For who sets up a hook: whether anything comes, and whether it is let in.
std::string heard_text(const source::Observed& source, Millis now) {
  std::string text =
      source.heard_at ? "; last heard " + time_text(*source.heard_at) : "; nothing was heard yet";
  if (const source::Refused* refused = view::fresh_refusal(source, now)) {
    text += "; refused at " + time_text(refused->at) + " with " + std::to_string(refused->status) + ": " +
            refused->why + " (`carillon intake " + source.name + "`)";
  }
  return text;
}

void print_row(const Colours& colours, std::string_view title, std::string_view text) {
  std::string left(title);
  left.resize(12, ' ');
  std::string line = shown_line(std::string(12, ' '), printable(text));
  std::cout << colours.bold(left) << line.substr(12);
}

void print_server(const Colours& colours, const view::Status& status) {
  if (!status.running) return print_row(colours, "server", "not running");
  if (!status.server) return print_row(colours, "server", "running");
  print_row(colours, "server",
            "running since " + time_text(status.server->started) + ", " + status.server->version);
  for (const source::Observed& source : status.server->sources)
    print_row(colours, "source", source.name + " (" + source.url + "): " + link_text(source));
  if (status.server->sources.empty()) print_row(colours, "source", "none is configured");
}

void print_work(const Colours& colours, const view::Status& status) {
  std::string waiting;
  std::string dead;
  for (const store::Ledger::Backlog& one : status.backlog) {
    if (one.waiting > 0) {
      waiting += (waiting.empty() ? "" : "; ") + counted(one.waiting, "report") + " of " + one.reporter +
                 ", the oldest since " + time_text(one.oldest);
    }
    if (one.dead > 0)
      dead += (dead.empty() ? "" : "; ") + counted(one.dead, "report") + " of " + one.reporter;
  }
  std::string unworded;
  for (const store::OpenWork& work : status.open) {
    if (work.notifications > 0)
      unworded +=
          (unworded.empty() ? "" : "; ") + counted(work.notifications, "report") + " of " + work.reporter;
  }
  if (!unworded.empty()) print_row(colours, "not worded", unworded);
  print_row(colours, "waiting", waiting.empty() ? "nothing" : waiting);
  print_row(colours, "dead", dead.empty() ? "nothing" : dead);
  if (status.server) {
    for (const view::NoAnswer& silent : status.server->silent) {
      print_row(colours, "no answer",
                silent.reporter + ", since " + time_text(silent.since) +
                    (silent.answer.empty() ? "" : ": " + silent.answer));
    }
  }
  for (const store::Pause& pause : status.pauses) {
    print_row(colours, "paused",
              pause.reporter + " until " + time_text(pause.until) +
                  (pause.by.empty() ? "" : " by " + pause.by) + ": " + pause.why + " (`carillon go " +
                  pause.reporter + "` ends it)");
  }
}

}  // namespace

view::Status status_of(OpenedLedger& opened) {
  if (opened.remote() != nullptr) return view::status_of(opened.remote()->status());
  view::Status status;
  ask_for_status(opened.database(), status);
  const server::RosterRecord roster(opened.ledger(), status.running);
  view::add_work(status, opened.ledger(), SystemClock().now(), [&](const std::string& reporter) {
    return roster.state_of(reporter) == server::RosterRecord::State::missing;
  });
  return status;
}

int show_status(const Place& place) {
  OpenedLedger opened(place, store::Access::reading);
  view::Status status;
  std::vector<std::string> needs;
  if (opened.remote() != nullptr) {
    const json::object told = opened.remote()->status();
    status = view::status_of(told);
    needs = view::texts_at(told, "needs_a_person");
  } else {
    status = status_of(opened);
    needs = view::needs_a_person(status, SystemClock().now());
  }
  if (place.json) {
    std::cout << json::serialize(view::to_json(status, needs)) << "\n";
    return needs.empty() ? 0 : 1;
  }
  const Colours colours;
  print_server(colours, status);
  print_work(colours, status);
  for (const std::string& need : needs)
    std::cout << shown_line("", colours.red("! ") + printable(need));
  if (needs.empty()) std::cout << "nothing needs a person\n";
  return needs.empty() ? 0 : 1;
}

int list_sources(const Place& place) {
  OpenedLedger opened(place, store::Access::reading);
  view::Status status = status_of(opened);
  if (!status.server) {
    const std::vector<std::string> heard = opened.ledger().sources();
    std::cerr << printable_lines(
        "carillon: " +
        (status.running ? status.no_answer : std::string("no server is running: nothing is connected")) +
        (heard.empty() ? "" : "; builds were heard from " + joined(heard, ", ")));
    return 1;
  }
  std::vector<source::Observed>& sources = status.server->sources;
  view::add_heard(sources, opened.ledger());
  if (place.json) {
    json::object told = view::to_json(*status.server);
    std::cout << json::serialize(told["sources"]) << "\n";
    return 0;
  }
  const Colours colours;
  const Millis now = SystemClock().now();
  for (const source::Observed& source : sources)
    std::cout << colours.bold(printable(source.name)) << "  "
              << printable(source.url + ": " + link_text(source) + heard_text(source, now)) << "\n";
  if (sources.empty()) std::cout << "none is configured\n";
  return 0;
}

}  // namespace carillon::cli
