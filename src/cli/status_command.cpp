#include "cli/status_command.hpp"

#include <iostream>

#include "base/terminal.hpp"
#include "base/text.hpp"
#include "server/control.hpp"
#include "server/roster_record.hpp"
#include "store/open.hpp"
#include "view/status.hpp"

namespace carillon::cli {
namespace {

void ask_for_status(const std::string& database, view::Status& status) {
  json::object request;
  request["do"] = "status";
  try {
    const auto answer = server::ask_server(database, request);
    status.running = answer.has_value();
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

view::Status gathered(const std::string& database) {
  view::Status status;
  ask_for_status(database, status);
  const auto opened = store::open_ledger(database, store::Access::reading);
  store::Ledger& ledger = *opened;
  const server::RosterRecord roster(ledger, status.running);
  view::add_work(status, ledger, SystemClock().now(), [&](const std::string& reporter) {
    return roster.state_of(reporter) == server::RosterRecord::State::missing;
  });
  return status;
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
  for (const store::Pause& pause : status.pauses) {
    print_row(colours, "paused",
              pause.reporter + " until " + time_text(pause.until) + ": " + pause.why + " (`carillon resume " +
                  pause.reporter + "` ends it)");
  }
}

}  // namespace

int show_status(const server::LedgerPlace& place) {
  const view::Status status = gathered(server::database_of(place));
  const std::vector<std::string> needs = view::needs_a_person(status, SystemClock().now());
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

}  // namespace carillon::cli
