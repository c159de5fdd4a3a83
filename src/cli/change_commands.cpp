#include "cli/change_commands.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <span>

#include "base/terminal.hpp"
#include "base/text.hpp"
#include "cli/known_names.hpp"
#include "cli/moment.hpp"
#include "cli/opened.hpp"
#include "cli/person.hpp"
#include "cli/run_task.hpp"
#include "cli/shown_delivery.hpp"
#include "dashboard/words.hpp"
#include "server/spool_place.hpp"
#include "settings/error.hpp"
#include "transport/http.hpp"
#include "view/hold.hpp"
#include "view/many.hpp"
#include "view/story.hpp"

namespace carillon::cli {
namespace {

using store::Ledger;
using store::LedgerRow;

constexpr std::chrono::seconds longest_wait{30};
constexpr std::chrono::milliseconds look_for_outcome{250};
constexpr std::size_t page_of_deliveries = 500;
using view::most_at_once;
using view::most_in_one;

// What cannot go out with it any more. Nothing is said where the spool cannot be asked.
void tell_lost_files(const LedgerRow& row, const OpenedLedger& opened) {
  const settings::SpoolPlace place = opened.spool().value_or(settings::SpoolPlace());
  std::error_code unknown;
  if (!place.dir.empty() && !std::filesystem::is_directory(place.dir, unknown)) return;  // another machine's
  asio::io_context io;
  const auto http = http::make_client(io.get_executor());
  const auto spool = server::open_spool(io.get_executor(), *http, opened.database(), place);
  for (const PayloadFile& file : row.files) {
    const auto found = run_task(io, spool->open(file.name, file.size));
    if (!found || *found) continue;
    std::cerr << "carillon: " << printable(file.label)
              << (opened.spool() ? " is not kept any more: it goes out without it\n"
                                 : " is not kept any more, unless c['spool'] names a place that has it: "
                                   "else it goes out without it\n");
  }
}

// more: further members of the JSON.
int report_change(const Place& place, std::int64_t id, const std::string& refusal,
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

// Of a delivery that is due: what holds it up, and what is said of it.
struct Due {
  std::optional<store::Pause> pause;
  bool served = false;
  std::string words;
};

Due due_of(OpenedLedger& opened, const LedgerRow& row) {
  Due due;
  due.served = opened.is_served();
  due.pause = opened.ledger().pause_of(row.reporter, SystemClock().now());
  if (due.pause) {
    const std::string reporter = printable(row.reporter);
    due.words = "is sent again at " + time_text(due.pause->until) + ": " + reporter +
                " is paused until then, " + printable(due.pause->why) + "; `carillon go " + reporter +
                "` ends the pause";
  } else {
    due.words =
        due.served ? "is due now" : "is due now; no server is running: it goes out when one is started";
  }
  return due;
}

// The delivery once it is known what came of it, or after the longest wait.
LedgerRow outcome_of(Ledger& ledger, const LedgerRow& before) {
  const auto end = std::chrono::steady_clock::now() + longest_wait;
  LedgerRow row = before;
  do {
    wait_for(look_for_outcome);
    auto now = ledger.delivery(before.id);
    if (!now) break;  // it was worded again, and is another one
    row = std::move(*now);
  } while (row.state == DeliveryState::waiting && row.attempts == before.attempts && !interrupted() &&
           std::chrono::steady_clock::now() < end);
  return row;
}

int report_outcome(const Place& place, const LedgerRow& before, const LedgerRow& row) {
  const bool delivered = row.state == DeliveryState::delivered;
  const bool tried = row.attempts != before.attempts;
  if (place.json) {
    json::object out = view::to_json(row, std::nullopt);
    out["done"] = delivered;
    std::cout << json::serialize(out) << "\n";
    return delivered ? 0 : 1;
  }
  std::string words(name(row.state));
  if (row.state == DeliveryState::waiting) {
    words = tried ? "was not delivered, and is tried again at " + time_text(row.next_at)
                  : "still waits after " + std::to_string(longest_wait.count()) + " seconds";
  }
  std::string line =
      "delivery " + std::to_string(row.id) + " " + (row.state == DeliveryState::waiting ? "" : "is ") + words;
  if (!row.answer.empty() && (tried || row.state != DeliveryState::waiting))
    line += ": " + printable(row.answer);
  std::cout << line << "\n";
  return delivered ? 0 : 1;
}

int resend_one(const Place& place, std::int64_t id, bool wait) {
  OpenedLedger opened(place);
  Ledger& ledger = opened.ledger();
  const auto before = ledger.delivery(id);
  std::string why_not;
  opened.together([&] {
    why_not = ledger.resend(id, SystemClock().now(), user_of_command());
    if (why_not.empty()) opened.note("resend", "delivery " + std::to_string(id));
  });
  const auto row = ledger.delivery(id);
  if (!before || !row || !why_not.empty()) return report_change(place, id, why_not);
  if (opened.remote() == nullptr && !row->files.empty()) tell_lost_files(*row, opened);
  const Due due = due_of(opened, *row);
  if (wait && due.served && !due.pause) return report_outcome(place, *before, outcome_of(ledger, *before));
  json::object more;
  if (due.pause) {
    more["paused_until"] = due.pause->until;
    more["paused_why"] = due.pause->why;
  }
  const int code = report_change(place, id, {}, due.words, std::move(more));
  return wait ? 1 : code;  // nothing is delivered yet
}

// Asks a person: "3 dead reports of mails are sent again. Go on?" count: of `what`.
bool may_go_on(std::size_t count, const std::string& what, const std::string& becomes) {
  if (isatty(STDIN_FILENO) == 0)
    throw settings::ConfigError(what + " would be " + becomes + ": nobody can be asked here, so say --yes");
  if (says_yes(what + (count == 1 ? " is " : " are ") + becomes + ". Go on?")) return true;
  std::cerr << "carillon: nothing is " << becomes << "\n";
  return false;
}

// Deliveries and what is not worded yet.
std::size_t undelivered_of(Ledger& ledger, const std::string& reporter) {
  std::size_t count = 0;
  for (const store::Ledger::Backlog& one : ledger.backlog())
    count += one.reporter == reporter ? one.waiting + one.dead : 0;
  for (const store::OpenWork& one : ledger.open_work())
    count += one.reporter == reporter ? one.notifications : 0;
  return count;
}

ManyResent resend_each(OpenedLedger& opened, const std::vector<RowId>& ids) {
  if (opened.remote() != nullptr) return opened.remote()->resend_many(ids);
  ManyResent done;
  for (std::size_t first = 0; first < ids.size(); first += most_in_one) {
    opened.together([&] {
      const std::size_t before = done.changed;
      for (const RowId id : std::span(ids).subspan(first, std::min(most_in_one, ids.size() - first))) {
        const std::string why_not = opened.ledger().resend(id, SystemClock().now(), user_of_command());
        why_not.empty() ? static_cast<void>(++done.changed) : done.refused.push_back({id, why_not});
      }
      if (done.changed > before) opened.note("resend", counted(done.changed - before, "report"));
    });
  }
  return done;
}

int resend_many(const Place& place, const ResendOptions& options) {
  OpenedLedger opened(place);
  store::LedgerFilter filter;
  filter.state = delivery_state_from(options.state);
  if (!options.reporter.empty()) {
    require_reporter(opened.ledger(), opened.roster(), options.reporter);
    filter.reporter = options.reporter;
  }
  filter.limit = page_of_deliveries;
  std::vector<RowId> ids = view::matching(opened.ledger(), filter);
  std::ranges::reverse(ids);  // in the order in which they were made
  if (ids.size() > most_at_once)
    throw settings::ConfigError("there are more than " + std::to_string(most_at_once) +
                                ": name a --reporter");
  const std::string of = options.reporter.empty() ? "" : " of " + printable(options.reporter);
  const std::string what = counted(ids.size(), options.state + " report") + of;
  if (!options.yes && !ids.empty() && !may_go_on(ids.size(), what, "sent again")) return 1;
  const ManyResent done = resend_each(opened, ids);
  if (place.json) {
    json::array refused;
    for (const auto& [id, why] : done.refused)
      refused.push_back(json::object{{"id", id}, {"why", why}});
    std::cout << json::serialize(json::object{{"changed", done.changed}, {"refused", std::move(refused)}})
              << "\n";
    return done.refused.empty() ? 0 : 1;
  }
  std::cout << counted(done.changed, "report") << of << (done.changed == 1 ? " is" : " are") << " due now"
            << (opened.is_served() ? "" : "; no server is running: they go out when one is started") << "\n";
  for (const auto& [id, why] : done.refused)
    std::cerr << "carillon: " << printable(why) << "\n";
  return done.refused.empty() ? 0 : 1;
}

Millis end_of_pause(const PauseOptions& options, Millis now) {
  if (!options.lasting.empty()) return now + length_of("--for", options.lasting, now);
  const auto until = view::until_of(options.until, now);
  if (!until) throw settings::ConfigError("--" + until.error().what);
  return *until;
}

}  // namespace

int resend(const Place& place, const ResendOptions& options) {
  return options.id ? resend_one(place, *options.id, options.wait) : resend_many(place, options);
}

int pause_reporter(const Place& place, const PauseOptions& options) {
  const Millis now = SystemClock().now();
  const Millis until = end_of_pause(options, now);
  if (const auto may = view::may_hold(until, options.why, now); !may) {
    const std::string& wrong = may.error().what;
    const bool is_length = !options.lasting.empty() && wrong.starts_with("until:");
    throw settings::ConfigError("--" + (is_length ? "for" + wrong.substr(wrong.find(':')) : wrong));
  }
  OpenedLedger opened(place);
  require_reporter(opened.ledger(), opened.roster(), options.reporter);
  opened.together([&] {
    opened.ledger().hold({options.reporter, until, options.why, user_of_command()});
    opened.note("pause", "reporter " + options.reporter + " until " + dashboard::iso(until), options.why);
  });
  if (place.json) {
    std::cout << json::serialize(
                     json::object{{"reporter", options.reporter}, {"done", true}, {"until", until}})
              << "\n";
  } else {
    std::cout << printable(options.reporter) << " is paused until " << time_text(until) << "; `carillon go "
              << printable(options.reporter) << "` ends it\n";
  }
  return 0;
}

int resume_reporter(const Place& place, const std::string& reporter) {
  OpenedLedger opened(place);
  std::vector<std::string> resumed;
  opened.together([&] {
    resumed = opened.ledger().resume(reporter, SystemClock().now());
    if (!resumed.empty()) opened.note("go", "reporter " + reporter);
  });
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

int drop_delivery(const Place& place, std::int64_t id) {
  OpenedLedger opened(place);
  std::string why_not;
  opened.together([&] {
    why_not = opened.ledger().drop(id, SystemClock().now(), user_of_command());
    if (why_not.empty()) opened.note("drop", "delivery " + std::to_string(id));
  });
  return report_change(place, id, why_not, "is dropped");
}

int drop_all_of(const Place& place, const std::string& reporter, bool yes) {
  OpenedLedger opened(place);
  require_reporter(opened.ledger(), opened.roster(), reporter);
  if (!yes && opened.remote() == nullptr) {
    const std::size_t open = undelivered_of(opened.ledger(), reporter);
    if (open > 0 && !may_go_on(open, counted(open, "report") + " of " + printable(reporter), "dropped"))
      return 1;
  }
  std::size_t count = 0;
  opened.together([&] {
    const store::DroppedWork dropped = opened.ledger().drop_all_of(reporter, SystemClock().now());
    count = dropped.deliveries + dropped.notifications;
    if (count > 0) opened.note("drop", counted(count, "report") + " of " + reporter);
  });
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
