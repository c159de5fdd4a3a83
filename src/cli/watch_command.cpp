#include "cli/watch_command.hpp"

#include <iostream>
#include <map>
#include <memory>

#include "base/terminal.hpp"
#include "cli/build_commands.hpp"
#include "cli/change_stream.hpp"
#include "cli/news.hpp"
#include "cli/opened.hpp"
#include "cli/person.hpp"
#include "cli/shown_delivery.hpp"
#include "cli/status_command.hpp"
#include "view/builds.hpp"
#include "view/story.hpp"

namespace carillon::cli {
namespace {

constexpr std::chrono::milliseconds between_looks{1000};

class Watch {
 public:
  explicit Watch(const Place& place)
      : json_(place.json),
        opened_(place, store::Access::reading),
        builds_(opened_.ledger(), SystemClock().now()),
        deliveries_(opened_.ledger(), {}) {
    look_at_status(true);
  }

  void look_around() {
    try {
      for (const store::ListedBuild& build : builds_.look())
        tell(build.heard, "build", line_of(colours_, build), view::to_json(build));
      for (const store::LedgerRow& row : deliveries_.look())
        tell(row.settled_at.value_or(row.created), "delivery", delivery_line(row),
             view::to_json(row, std::nullopt));
      look_at_status(false);
      if (!trouble_.empty()) tell(SystemClock().now(), "server", "answers again", {{"trouble", nullptr}});
      trouble_.clear();
    } catch (const store::Error& error) {
      if (trouble_ != error.what())
        tell(SystemClock().now(), "server", printable(error.what()), {{"trouble", error.what()}});
      trouble_ = error.what();
    }
    std::cout.flush();
  }

  // What the server tells by itself; null: there is none that could be asked.
  std::unique_ptr<ChangeStream> stream() { return opened_.stream(); }

 private:
  // what: the kind of thing; in JSON `what`, beside the members.
  void tell(Millis at, const char* what, const std::string& line, json::object members) {
    if (json_) {
      members["what"] = what;
      std::cout << json::serialize(members) << "\n";
      return;
    }
    std::string kind(what);
    kind.resize(9, ' ');
    std::cout << colours_.dim(time_text(at)) << "  " << colours_.bold(kind) << " " << line << "\n";
  }

  std::string delivery_line(const store::LedgerRow& row) const {
    std::string line = "#" + std::to_string(row.id) + " " + coloured(colours_, row.state) + "  " +
                       printable(row.reporter) + " -> " + printable(row.target) + ": " +
                       printable(row.summary);
    if (!row.answer.empty()) line += ": " + printable(row.answer);
    return line;
  }

  // at_first: nothing is news.
  void look_at_status(bool at_first) {
    const view::Status status = status_of(opened_);
    const Millis at = SystemClock().now();
    if (!at_first && status.running != running_)
      tell(at, "server", status.running ? "runs" : "does not run any more", {{"running", status.running}});
    running_ = status.running;
    std::map<std::string, store::Pause> pauses;
    for (const store::Pause& pause : status.pauses)
      pauses[pause.reporter] = pause;
    if (!at_first) compare_pauses(pauses, at);
    pauses_ = std::move(pauses);
    if (!status.server) return;
    std::map<std::string, bool> links;
    for (const source::Observed& source : status.server->sources) {
      if (!source.link) continue;
      links[source.name] = source.link->up;
      const auto before = links_.find(source.name);
      if (at_first || (before != links_.end() && before->second == source.link->up)) continue;
      const std::string why =
          source.link->up || source.link->trouble.empty() ? "" : ": " + source.link->trouble;
      tell(source.link->since, "source",
           printable(source.name + (source.link->up ? " is connected" : " is not connected") + why),
           {{"name", source.name}, {"connected", source.link->up}, {"trouble", source.link->trouble}});
    }
    links_ = std::move(links);
  }

  void compare_pauses(const std::map<std::string, store::Pause>& now, Millis at) {
    for (const auto& [reporter, pause] : now) {
      const auto before = pauses_.find(reporter);
      if (before != pauses_.end() && before->second.until == pause.until) continue;
      tell(at, "reporter",
           printable(reporter) + " is paused until " + time_text(pause.until) +
               (pause.by.empty() ? "" : " by " + printable(pause.by)) + ": " + printable(pause.why),
           {{"reporter", reporter}, {"paused_until", pause.until}, {"paused_why", pause.why}});
    }
    for (const auto& [reporter, pause] : pauses_) {
      if (!now.contains(reporter))
        tell(at, "reporter", printable(reporter) + " goes on",
             {{"reporter", reporter}, {"paused_until", nullptr}, {"paused_why", nullptr}});
    }
  }

  bool json_;
  Colours colours_;
  OpenedLedger opened_;
  BuildNews builds_;
  DeliveryNews deliveries_;
  bool running_ = false;
  std::map<std::string, store::Pause> pauses_;
  // Whether they are connected.
  std::map<std::string, bool> links_;
  // Why it could not be asked; empty: it can.
  std::string trouble_;
};

}  // namespace

int watch(const Place& place) {
  watch_interrupts();
  Watch watch(place);
  std::cerr << "watching; Ctrl-C ends it\n";
  std::unique_ptr<ChangeStream> stream = watch.stream();
  while (std::cout && !interrupted()) {
    stream ? stream->wait() : static_cast<void>(wait_for(between_looks));
    if (!interrupted()) watch.look_around();
  }
  return 0;
}

}  // namespace carillon::cli
