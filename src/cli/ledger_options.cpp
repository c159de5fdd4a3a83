#include "cli/ledger_options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>
#include <stdexcept>

#include "cli/build_commands.hpp"
#include "cli/change_commands.hpp"
#include "cli/ledger_commands.hpp"
#include "cli/place_option.hpp"
#include "cli/routes_command.hpp"
#include "cli/status_command.hpp"
#include "cli/watch_command.hpp"
#include "dashboard/filters.hpp"

namespace carillon::cli {
namespace {

CLI::Option* add_text(CLI::App& command, const char* name, std::string& value, const char* help,
                      const char* type) {
  return command.add_option(name, value, help)->type_name(type);
}

// The parser makes the largest number of one that is larger.
void check_id(const CLI::Option& option) {
  const std::string typed = option.results().front();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
  if (error == std::errc::result_out_of_range) throw std::runtime_error("there is no delivery " + typed);
}

// What the options of one of these commands say.
struct Reading {
  Place place;
  DeliveriesOptions deliveries;
  BuildsOptions builds;
  ExplainOptions explain;
};

struct Changing {
  Place place;
  ResendOptions again;
  PauseOptions pause;
  std::int64_t id = 0;
  std::string reporter;
};

struct Routing {
  server::LedgerPlace place;
  RoutesOptions routes;
};

void add_deliveries(CLI::App& app, const std::shared_ptr<Reading>& given, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("deliveries", "List what was sent, waits or failed");
  add_any_place(*command, given->place);
  DeliveriesOptions& wanted = given->deliveries;
  add_text(*command, "--state", wanted.state, "only deliveries in this state", "STATE")
      ->check(CLI::IsMember(dashboard::state_words()));
  add_text(*command, "--reporter", wanted.reporter, "only those of this reporter", "REPORTER");
  add_text(*command, "--builder", wanted.builder, "only about this builder's builds", "BUILDER");
  add_text(*command, "--target", wanted.target, "only to targets with this text in them", "TEXT");
  add_text(*command, "--since", wanted.since, "only those made or settled since: 2h, '2026-11-20 10:00'",
           "TIME");
  command->add_flag("--oneline", wanted.one_line, "one line each");
  command->add_flag("--follow", wanted.follow,
                    "and then those that come, or come to another state, until Ctrl-C");
  command->add_option("-n,--limit", wanted.limit, "show the newest N")->type_name("N")->capture_default_str();
  command->callback(
      [given, &chosen] { chosen = [given] { return list_deliveries(given->place, given->deliveries); }; });
}

void add_builds(CLI::App& app, const std::shared_ptr<Reading>& given, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("builds", "List the newest builds");
  add_any_place(*command, given->place);
  BuildsOptions& wanted = given->builds;
  add_text(*command, "--builder", wanted.builder, "only this builder's", "BUILDER");
  add_text(*command, "--branch", wanted.branch, "only on this branch", "BRANCH");
  add_text(*command, "--result", wanted.result, "only those that ended so, or run", "RESULT")
      ->check(CLI::IsMember(dashboard::result_words()));
  add_text(*command, "--since", wanted.since, "only those heard of since: 2h, '2026-11-20 10:00'", "TIME");
  command->add_option("-n,--limit", wanted.limit, "show the newest N")->type_name("N")->capture_default_str();
  command->callback(
      [given, &chosen] { chosen = [given] { return list_builds(given->place, given->builds); }; });
}

void add_explain(CLI::App& app, const std::shared_ptr<Reading>& given, std::function<int()>& chosen) {
  CLI::App* command =
      app.add_subcommand("explain", "Say who was told of a build, why or why not, and what was answered");
  add_any_place(*command, given->place);
  command->add_option("BUILD", given->explain.build, build_help)->required();
  add_text(*command, "--who", given->explain.who,
           "only: was this address told, by whom, or why by none of the reporters", "ADDRESS");
  command->callback(
      [given, &chosen] { chosen = [given] { return explain_build(given->place, given->explain); }; });
}

void add_resend(CLI::App& app, const std::shared_ptr<Changing>& given, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("resend", "Send a delivery again, now, or all that are dead");
  add_any_place(*command, given->place);
  CLI::Option* one =
      command->add_option("ID", given->id, "the delivery's number, as `carillon deliveries` shows it");
  CLI::Option* state = add_text(*command, "--state", given->again.state,
                                "instead of one: all in this state; it asks first", "STATE")
                           ->check(CLI::IsMember({"dead", "waiting"}));
  add_text(*command, "--reporter", given->again.reporter, "of these only those of this reporter", "REPORTER")
      ->needs(state);
  command->add_flag("--yes", given->again.yes, "do not ask");
  command
      ->add_flag("--wait", given->again.wait,
                 "until it is known what came of it, for at most 30 seconds; exit code 1: not delivered")
      ->needs(one);
  one->excludes(state);
  command->callback([given, one, state, &chosen] {
    if (one->count() + state->count() == 0) throw CLI::RequiredError("ID or --state");
    chosen = [given, one] {
      if (one->count() > 0) {
        check_id(*one);
        given->again.id = given->id;
      }
      return resend(given->place, given->again);
    };
  });
}

void add_drop(CLI::App& app, const std::shared_ptr<Changing>& given, std::function<int()>& chosen) {
  CLI::App* command =
      app.add_subcommand("drop", "Never send a waiting or dead delivery, or all of a reporter");
  add_any_place(*command, given->place);
  CLI::Option* one =
      command->add_option("ID", given->id, "the delivery's number, as `carillon deliveries` shows it");
  CLI::Option* all =
      add_text(*command, "--reporter", given->reporter,
               "everything of this reporter that is not delivered, worded or not; it asks first", "REPORTER");
  command->add_flag("--yes", given->again.yes, "do not ask")->needs(all);
  one->excludes(all);
  command->callback([given, one, all, &chosen] {
    if (one->count() + all->count() == 0) throw CLI::RequiredError("ID or --reporter");
    chosen = [given, one] {
      if (one->count() == 0) return drop_all_of(given->place, given->reporter, given->again.yes);
      check_id(*one);
      return drop_delivery(given->place, given->id);
    };
  });
}

void add_pause(CLI::App& app, const std::shared_ptr<Changing>& given, std::function<int()>& chosen) {
  CLI::App* command =
      app.add_subcommand("pause", "Send nothing of a reporter for a while: what it has waits");
  add_any_place(*command, given->place);
  command->add_option("REPORTER", given->pause.reporter, "its name, as in `carillon deliveries`")->required();
  CLI::Option* lasting =
      add_text(*command, "--for", given->pause.lasting, "how long: 90m, 2h; at most two days", "TIME");
  CLI::Option* until = add_text(*command, "--until", given->pause.until,
                                "or until when: '2026-11-20 10:00'; at most two days from now", "TIME");
  until->excludes(lasting);
  add_text(*command, "--why", given->pause.why, "the reason, for those who wonder", "TEXT")->required();
  command->callback([given, lasting, until, &chosen] {
    if (lasting->count() + until->count() == 0) throw CLI::RequiredError("--for or --until");
    chosen = [given] { return pause_reporter(given->place, given->pause); };
  });
}

void add_go(CLI::App& app, const std::shared_ptr<Changing>& given, std::function<int()>& chosen) {
  for (const auto& [name, help] :
       {std::pair("go", "End a reporter's pause, whoever asked for it, and send what waits"),
        std::pair("resume", "The older name of `carillon go`")}) {
    CLI::App* command = app.add_subcommand(name, help);
    add_any_place(*command, given->place);
    command->add_option("REPORTER", given->reporter, "its name, as in `carillon deliveries`")->required();
    command->callback(
        [given, &chosen] { chosen = [given] { return resume_reporter(given->place, given->reporter); }; });
  }
}

}  // namespace

void add_reading(CLI::App& app, std::function<int()>& chosen) {
  const auto given = std::make_shared<Reading>();
  const auto plain = [&](const char* name, const char* help, int (*run)(const Place&)) {
    CLI::App* command = app.add_subcommand(name, help);
    add_any_place(*command, given->place);
    command->callback([given, run, &chosen] { chosen = [given, run] { return run(given->place); }; });
  };
  plain("status", "Show sources, what waits, is dead or paused, and whether a person is needed", show_status);
  plain("sources", "List where builds come from, and whether these are connected", list_sources);
  plain("builders", "List all builders with their newest build", list_builders);
  add_builds(app, given, chosen);
  add_deliveries(app, given, chosen);
  add_explain(app, given, chosen);
  plain("watch", "Print what changes - builds, deliveries, pauses, sources - line by line, until Ctrl-C",
        watch);
}

void add_routes(CLI::App& app, std::function<int()>& chosen) {
  const auto given = std::make_shared<Routing>();
  CLI::App* command = app.add_subcommand(
      "routes", "Say who would be told of a build that there is not, by the configuration's rules");
  command->add_option("-c,--config", given->place.config, "the configuration file (default: carillon.cfg)")
      ->type_name("FILE")
      ->envname("CARILLON_CONFIG")
      ->capture_default_str();
  command->add_flag("--json", given->place.json, "print JSON for programs");
  RoutesOptions& build = given->routes;
  command->add_option("BUILDER", build.builder, "the builder's name")->required();
  add_text(*command, "--branch", build.branch, "the branch that it builds", "BRANCH");
  add_text(*command, "--result", build.result, "how it ended, or that it runs", "RESULT")
      ->check(CLI::IsMember(dashboard::result_words()))
      ->capture_default_str();
  command->add_option("--tag", build.tags, "a tag of the builder; may be repeated")
      ->type_name("TAG")
      ->allow_extra_args(false);
  add_text(*command, "--scheduler", build.scheduler, "the scheduler that asked for it", "SCHEDULER");
  const std::vector<std::string> ended(dashboard::result_words().begin() + 1,
                                       dashboard::result_words().end());
  add_text(*command, "--previous", build.previous, "how the build before it ended", "RESULT")
      ->check(CLI::IsMember(ended));
  command->callback(
      [given, &chosen] { chosen = [given] { return show_routes(given->place, given->routes); }; });
}

void add_changes(CLI::App& app, std::function<int()>& chosen) {
  const auto given = std::make_shared<Changing>();
  add_resend(app, given, chosen);
  add_drop(app, given, chosen);
  add_pause(app, given, chosen);
  add_go(app, given, chosen);
}

}  // namespace carillon::cli
