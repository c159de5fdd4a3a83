#include "cli/test_send_command.hpp"

#include <algorithm>
#include <array>
#include <iostream>

#include "base/terminal.hpp"
#include "cli/chosen_build.hpp"
#include "server/control.hpp"
#include "server/fixtures.hpp"
#include "server/test_send.hpp"
#include "settings/error.hpp"

namespace carillon::cli {
namespace {

using Kind = server::TestOutcome::Kind;

// Whether what it reports is about commits, changes or pull requests. The fingerprint begins with the class.
bool tells_of_commits(const pipeline::RosterEntry& entry) {
  return std::ranges::any_of(std::array{"GitHub", "GitLab", "Bitbucket", "Gerrit"},
                             [&](const char* forge) { return entry.fingerprint.starts_with(forge); });
}

// What to try next, where it may be the made-up build that was not liked; else "".
std::string made_up_hint(const pipeline::RosterEntry& entry,
                         const std::vector<server::TestOutcome>& outcomes) {
  const std::string next = "Try a real one: `carillon test-send " + entry.name + " BUILDER/NUMBER`";
  const auto is_skipped = [](const server::TestOutcome& of) { return of.kind == Kind::skipped; };
  const bool is_of_nobody = std::ranges::all_of(outcomes, is_skipped);
  if (!tells_of_commits(entry)) {
    return is_of_nobody ? "a test build is of no builder and no person that there is. " + next : "";
  }
  const bool disliked =
      is_of_nobody || std::ranges::any_of(outcomes, [](const server::TestOutcome& of) { return of.refused; });
  return disliked ? "a test build has no real commit and no pull request. " + next : "";
}

struct Trial {
  std::string what;                              // which build
  std::vector<reporter::Details> notifications;  // the first one that there is something to send of is it
};

std::vector<Delivery> word(OfflineRuntime& runtime, const pipeline::RosterEntry& entry,
                           const reporter::Details& details) {
  auto deliveries = runtime.run(entry.reporter->compose(details));
  if (deliveries) return std::move(*deliveries);
  throw settings::ConfigError(entry.name + " cannot word it: " + runtime.redacted(deliveries.error().what));
}

bool sends_any(const std::vector<Delivery>& deliveries) {
  return std::ranges::any_of(deliveries, [](const Delivery& delivery) { return !delivery.skip; });
}

// New each time, so that nobody takes the report for one that is there already.
std::string test_mark(const Clock& clock) {
  return "~test" + std::to_string(clock.now());
}

Trial trial_of(OfflineRuntime& runtime, const pipeline::RosterEntry& entry, const TestSendOptions& options) {
  Trial trial;
  if (options.build.empty()) {
    trial.what = "a made-up build";
    for (server::Example& example : server::test_examples()) {
      if (!server::is_wanted(entry.rule, example)) continue;
      example.details.event_id += test_mark(runtime.clock());
      example.details.at = runtime.clock().now();
      trial.notifications.push_back(std::move(example.details));
    }
    return trial;
  }
  const ChosenBuild build = choose_build(runtime, options.build, "");
  trial.what = title_of(*build.details.event);
  trial.notifications.push_back(assembled(runtime, entry, build.details));
  trial.notifications.back().event_id += test_mark(runtime.clock());
  return trial;
}

std::vector<server::TestOutcome> send_here(OfflineRuntime& runtime, const pipeline::RosterEntry& entry,
                                           const Trial& trial) {
  std::vector<Delivery> deliveries;
  for (const reporter::Details& details : trial.notifications) {
    std::vector<Delivery> made = word(runtime, entry, details);
    const bool sends = sends_any(made);
    if (sends || deliveries.empty()) deliveries = std::move(made);  // else the first reason why not is told
    if (sends) break;
  }
  const server::Objection objection = [&](const Delivery& delivery) -> std::string {
    const auto later = runtime.ledger().later_state(entry.name, delivery.status, delivery.rank);
    if (!later) return {};
    return "delivery " + std::to_string(*later) + " reports a later state of the same thing, which stays";
  };
  return runtime.run(server::send_now(entry.reporter, std::move(deliveries), objection));
}

std::vector<server::TestOutcome> send_by_server(OfflineRuntime& runtime, const pipeline::RosterEntry& entry,
                                                const Trial& trial) {
  std::vector<server::TestOutcome> outcomes;
  for (const reporter::Details& details : trial.notifications) {
    json::object request;
    request["do"] = "test-send";
    request["reporter"] = entry.name;
    request["details"] = server::to_json(details);
    const auto answer = server::ask_server(runtime.database().beside(), request);
    if (!answer) {
      throw settings::ConfigError(entry.name +
                                  " stays connected, so only a running server can send through it, and "
                                  "none is running with " +
                                  runtime.database().shown());
    }
    if (const auto error = string_at(*answer, "error")) throw settings::ConfigError(std::string(*error));
    const json::array* list = array_at(*answer, "outcomes");
    std::vector<server::TestOutcome> told =
        list != nullptr ? server::outcomes_of(*list) : std::vector<server::TestOutcome>();
    const bool sent =
        std::ranges::any_of(told, [](const server::TestOutcome& of) { return of.kind != Kind::skipped; });
    if (sent || outcomes.empty()) outcomes = std::move(told);
    if (sent) break;
  }
  return outcomes;
}

void print_text(const OfflineRuntime& runtime, const pipeline::RosterEntry& entry, const Trial& trial,
                const std::vector<server::TestOutcome>& outcomes, bool done, bool made_up) {
  const std::string& reporter = entry.name;
  const auto shown = [&](const std::string& text) { return printable(runtime.redacted(text)); };
  for (const server::TestOutcome& outcome : outcomes) {
    const bool named = !outcome.name.empty() && outcome.name != outcome.target;
    const std::string where = shown(reporter + " -> " + outcome.target + (named ? ": " + outcome.name : ""));
    if (outcome.kind == Kind::delivered) {
      std::cout << where << ": delivered: " << shown(outcome.answer) << "\n";
    } else {
      std::cerr << where << ": " << (outcome.kind == Kind::failed ? "not delivered: " : "nothing is sent: ")
                << shown(outcome.answer) << "\n";
    }
  }
  if (outcomes.empty()) std::cerr << shown(reporter + ": there is nobody to tell of " + trial.what) << "\n";
  const std::string hint = !done && made_up ? made_up_hint(entry, outcomes) : "";
  if (!hint.empty()) std::cerr << "carillon: " << printable(hint) << "\n";
}

}  // namespace

int test_send(const server::LedgerPlace& place, const TestSendOptions& options) {
  OfflineRuntime& runtime = OfflineRuntime::make();
  runtime.open(place);
  const OfflineRuntime::Tidy tidy(runtime);
  const pipeline::RosterEntry& entry = runtime.reporter(options.reporter);
  const Trial trial = trial_of(runtime, entry, options);
  const auto outcomes = chat::audience_of(*entry.reporter) ? send_by_server(runtime, entry, trial)
                                                           : send_here(runtime, entry, trial);
  const auto is = [](Kind kind) { return [kind](const server::TestOutcome& of) { return of.kind == kind; }; };
  const bool done =
      std::ranges::any_of(outcomes, is(Kind::delivered)) && std::ranges::none_of(outcomes, is(Kind::failed));
  const bool made_up = options.build.empty();
  if (place.json) {
    json::object out;
    out["reporter"] = entry.name;
    out["build"] = trial.what;
    out["made_up"] = made_up;
    out["done"] = done;
    out["outcomes"] = to_json(outcomes);
    std::cout << runtime.redacted(json::serialize(out)) << "\n";
  } else {
    print_text(runtime, entry, trial, outcomes, done, made_up);
  }
  return done ? 0 : 1;
}

}  // namespace carillon::cli
