#include "app/test_send_command.hpp"

#include <algorithm>
#include <array>
#include <iostream>

#include "app/chosen_build.hpp"
#include "app/control.hpp"
#include "app/fixtures.hpp"
#include "app/terminal.hpp"
#include "app/test_send.hpp"
#include "settings/error.hpp"

namespace carillon::app {
namespace {

using Kind = TestOutcome::Kind;

// Whether what it reports is about commits, changes or pull requests. The fingerprint begins with the class.
bool tells_of_commits(const pipeline::RosterEntry& entry) {
  return std::ranges::any_of(std::array{"GitHub", "GitLab", "Bitbucket", "Gerrit"},
                             [&](const char* forge) { return entry.fingerprint.starts_with(forge); });
}

// What to try next, where it may be the made-up build that was not liked; else "".
std::string made_up_hint(const pipeline::RosterEntry& entry, const std::vector<TestOutcome>& outcomes) {
  const std::string next = "Try a real one: `carillon test-send " + entry.name + " BUILDER/NUMBER`";
  const auto is_skipped = [](const TestOutcome& of) { return of.kind == Kind::skipped; };
  const bool is_of_nobody = std::ranges::all_of(outcomes, is_skipped);
  if (!tells_of_commits(entry)) {
    return is_of_nobody ? "a test build is of no builder and no person that there is. " + next : "";
  }
  const bool disliked =
      is_of_nobody || std::ranges::any_of(outcomes, [](const TestOutcome& of) { return of.refused; });
  return disliked ? "a test build has no real commit and no pull request. " + next : "";
}

struct Trial {
  std::string what;                     // which build
  std::vector<reporter::Order> orders;  // the first one that there is something to send of is it
};

std::vector<reporter::Delivery> word(Workshop& workshop, const pipeline::RosterEntry& entry,
                                     const reporter::Order& order) {
  auto deliveries = workshop.run(entry.reporter->compose(order));
  if (deliveries) return std::move(*deliveries);
  throw settings::ConfigError(entry.name + " cannot word it: " + workshop.redacted(deliveries.error().what));
}

bool sends_any(const std::vector<reporter::Delivery>& deliveries) {
  return std::ranges::any_of(deliveries, [](const reporter::Delivery& delivery) { return !delivery.skip; });
}

// New each time, so that nobody takes the report for one that is there already.
std::string test_mark(const Clock& clock) {
  return "~test" + std::to_string(clock.now());
}

Trial trial_of(Workshop& workshop, const pipeline::RosterEntry& entry, const TestSendOptions& options) {
  Trial trial;
  if (options.build.empty()) {
    trial.what = "a made-up build";
    for (Example& example : test_examples()) {
      if (!is_wanted(entry.rule, example)) continue;
      example.order.event_id += test_mark(workshop.clock());
      example.order.at = workshop.clock().now();
      trial.orders.push_back(std::move(example.order));
    }
    return trial;
  }
  const ChosenBuild build = choose_build(workshop, options.build, "");
  trial.what = title_of(*build.order.event);
  trial.orders.push_back(assembled(workshop, entry, build.order));
  trial.orders.back().event_id += test_mark(workshop.clock());
  return trial;
}

std::vector<TestOutcome> send_here(Workshop& workshop, const pipeline::RosterEntry& entry,
                                   const Trial& trial) {
  std::vector<reporter::Delivery> deliveries;
  for (const reporter::Order& order : trial.orders) {
    std::vector<reporter::Delivery> made = word(workshop, entry, order);
    const bool sends = sends_any(made);
    if (sends || deliveries.empty()) deliveries = std::move(made);  // else the first reason why not is told
    if (sends) break;
  }
  const Objection objection = [&](const reporter::Delivery& delivery) -> std::string {
    const auto later = workshop.ledger().later_state(entry.name, delivery.status, delivery.rank);
    if (!later) return {};
    return "delivery " + std::to_string(*later) + " reports a later state of the same thing, which stays";
  };
  return workshop.run(send_now(entry.reporter, std::move(deliveries), objection));
}

std::vector<TestOutcome> send_by_server(Workshop& workshop, const pipeline::RosterEntry& entry,
                                        const Trial& trial) {
  std::vector<TestOutcome> outcomes;
  for (const reporter::Order& order : trial.orders) {
    json::object request;
    request["do"] = "test-send";
    request["reporter"] = entry.name;
    request["order"] = to_json(order);
    const auto answer = ask_server(workshop.database(), request);
    if (!answer) {
      throw settings::ConfigError(entry.name +
                                  " stays connected, so only a running server can send through it, and "
                                  "none is running with " +
                                  workshop.database());
    }
    if (const auto error = string_at(*answer, "error")) throw settings::ConfigError(std::string(*error));
    const json::array* list = array_at(*answer, "outcomes");
    std::vector<TestOutcome> told = list != nullptr ? outcomes_of(*list) : std::vector<TestOutcome>();
    const bool sent =
        std::ranges::any_of(told, [](const TestOutcome& of) { return of.kind != Kind::skipped; });
    if (sent || outcomes.empty()) outcomes = std::move(told);
    if (sent) break;
  }
  return outcomes;
}

void print_text(const Workshop& workshop, const pipeline::RosterEntry& entry, const Trial& trial,
                const std::vector<TestOutcome>& outcomes, bool done, bool made_up) {
  const std::string& reporter = entry.name;
  const auto shown = [&](const std::string& text) { return printable(workshop.redacted(text)); };
  for (const TestOutcome& outcome : outcomes) {
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

int test_send(const LedgerPlace& place, const TestSendOptions& options) {
  Workshop& workshop = Workshop::make();
  workshop.open(place);
  const Workshop::Tidy tidy(workshop);
  const pipeline::RosterEntry& entry = workshop.reporter(options.reporter);
  const Trial trial = trial_of(workshop, entry, options);
  const auto outcomes =
      entry.reporter->resident() ? send_by_server(workshop, entry, trial) : send_here(workshop, entry, trial);
  const auto is = [](Kind kind) { return [kind](const TestOutcome& of) { return of.kind == kind; }; };
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
    std::cout << workshop.redacted(json::serialize(out)) << "\n";
  } else {
    print_text(workshop, entry, trial, outcomes, done, made_up);
  }
  return done ? 0 : 1;
}

}  // namespace carillon::app
