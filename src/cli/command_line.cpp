#include "cli/command_line.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>
#include <iostream>

#include "base/terminal.hpp"
#include "cli/access_commands.hpp"
#include "cli/adopt_command.hpp"
#include "cli/check.hpp"
#include "cli/completion_command.hpp"
#include "cli/copy_command.hpp"
#include "cli/exec_command.hpp"
#include "cli/help.hpp"
#include "cli/intake_command.hpp"
#include "cli/ledger_options.hpp"
#include "cli/moment.hpp"
#include "cli/nodes_command.hpp"
#include "cli/output.hpp"
#include "cli/place_option.hpp"
#include "cli/preview_command.hpp"
#include "cli/preview_hook.hpp"
#include "cli/reload_command.hpp"
#include "cli/replay_command.hpp"
#include "cli/silence_command.hpp"
#include "cli/stubs_command.hpp"
#include "cli/test_send_command.hpp"
#include "server/server.hpp"

namespace carillon::cli {
namespace {

constexpr int usage_error = 2;

Log::Level parse_level(const std::string& word) {
  if (word == "debug") return Log::Level::debug;
  if (word == "warning") return Log::Level::warning;
  if (word == "error") return Log::Level::error;
  return Log::Level::info;
}

// An empty value mostly comes of a variable that is not set. The command that is to be run may have empty
// arguments.
void refuse_empty_values(CLI::App& app) {
  // First of all checks.
  const auto refuse = [](CLI::Option* option) {
    option->transform(CLI::Validator(
        [](std::string& value) { return value.empty() ? std::string("must not be empty") : std::string(); },
        ""));
  };
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    for (CLI::Option* option : command->get_options()) {
      const bool takes_any = option->get_name(true) == "CMD";
      // A value that may be left out is empty then: see empty_choice().
      if (option->get_items_expected_min() > 0 && !takes_any) refuse(option);
    }
  }
}

// An option that is given an empty value in a way that the parser does not tell: "--since=", or "--open ''",
// whose value may be left out. "": there is none.
std::string empty_choice(const CLI::App& app, int argc, char** argv) {
  const auto commands = app.get_subcommands([&](const CLI::App* one) { return one->get_name() == argv[1]; });
  if (commands.empty()) return {};
  for (const CLI::Option* option : commands.front()->get_options()) {
    if (option->get_positional() || option->get_items_expected_max() == 0) continue;
    const std::string name = option->get_name();
    const bool optional = option->get_items_expected_min() == 0;
    for (int i = 2; i < argc; ++i) {
      const bool empty_follows = i + 1 < argc && *argv[i + 1] == '\0';
      if (argv[i] == name + "=" || (optional && empty_follows && argv[i] == name)) return name;
    }
  }
  return {};
}

// One subcommand: what it is called, its options, and what it does.
struct Commands {
  CLI::App app{"Carillon reports builds: by mail, HTTP and more.", "carillon"};
  server::RunOptions run;
  std::string level = "info";
  std::string format = "text";
  CheckOptions check;
  AdoptOptions adopted;
  server::LedgerPlace place;
  std::string source;
  PreviewOptions shown;
  HookPreviewOptions delivered;
  std::string open_file;
  TestSendOptions test;
  ReplayOptions again;
  std::string topic;
  std::function<int()> chosen;

  explicit Commands(std::vector<std::string> to_run = {}) {
    app.set_version_flag("-V,--version", std::string("carillon ") + CARILLON_VERSION);
    app.require_subcommand(1);
    app.footer("`carillon help COMMAND` explains a command.");
    set_help(app);
    add_run();
    add_reload();
    add_check();
    add_adopt();
    add_reading(app, chosen);
    add_routes(app, chosen);
    add_preview();
    add_intake();
    add_test_send();
    add_changes(app, chosen);
    add_replay();
    add_silence(app, chosen);
    add_copy(app, chosen);
    add_nodes(app, chosen);
    add_exec(app, std::move(to_run), chosen);
    add_stubs(app, chosen);
    add_user(app, chosen);
    add_token(app, chosen);
    add_completion(app, chosen);
    add_help();
    refuse_empty_values(app);
  }

  void add_help() {
    CLI::App* command = app.add_subcommand("help", "Explain a command, or list them all");
    command->add_option("COMMAND", topic, "the command");
    command->callback([this] { chosen = [this] { return help(); }; });
    app.add_subcommand("version", "Print the version")->callback([this] {
      chosen = [this] {
        std::cout << app.version() << "\n";
        return 0;
      };
    });
  }

  int help() {
    const std::string wrong = topic.empty() ? "" : wrong_command(app, topic);
    if (!wrong.empty()) return wrong_usage(wrong);
    std::cout << (topic.empty() ? overview() : app.get_subcommand(topic)->help(app.get_name()));
    return 0;
  }

  // app.help() would be that of the command that was given.
  std::string overview() const {
    return app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal);
  }

  static int wrong_usage(const std::string& what, const std::string& command = {}) {
    std::cerr << printable_lines("carillon: " + what) << "`carillon help" << (command.empty() ? "" : " ")
              << command << "` " << (command.empty() ? "lists the commands" : "explains it") << "\n";
    return usage_error;
  }

  void add_run() {
    CLI::App* command = app.add_subcommand("run", "Run the server in the foreground");
    command->add_option("CONFIG", run.config, "the configuration file")->required();
    command->add_option("--log-level", level, "debug, info, warning or error")
        ->type_name("LEVEL")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
        ->capture_default_str();
    command->add_option("--log-format", format, "text, or json: an object on each line")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    command->callback([this] {
      chosen = [this] {
        run.level = parse_level(level);
        run.format = format == "json" ? Log::Format::json : Log::Format::text;
        return server::run_server(run);
      };
    });
  }

  void add_reload() {
    CLI::App* command = app.add_subcommand(
        "reload", "Let the running server read its configuration again, and say how it went");
    add_place(*command, place);
    command->callback([this] { chosen = [this] { return reload_server(place); }; });
  }

  void add_check() {
    CLI::App* command = app.add_subcommand(
        "check", "Check a configuration, and render every template against example builds");
    command->add_option("CONFIG", check.config, "the configuration file")->required();
    command->add_flag("--json", check.json, "print JSON for programs");
    command->callback([this] { chosen = [this] { return check_configuration(check); }; });
  }

  void add_adopt() {
    CLI::App* command = app.add_subcommand(
        "adopt", "Write a configuration that takes the reporters of a Buildbot's master.cfg");
    command->add_option("MASTER_CFG", adopted.file, "the Buildbot's configuration file")->required();
    command->add_option("-o,--output", adopted.output, "the file to write (default: carillon.cfg beside it)")
        ->type_name("FILE");
    command->callback([this] { chosen = [this] { return adopt(adopted); }; });
  }

  void add_preview() {
    CLI::App* command = app.add_subcommand(
        "preview", "Show what a reporter would send of a build, as its target would see it; nothing is sent");
    set_ways(*command, {"[OPTIONS] REPORTER BUILD", "[OPTIONS] --hook NAME FILE"});
    add_place(*command, place);
    command->add_option("REPORTER", shown.reporter,
                        "its name, as in `carillon deliveries`; with --hook the FILE of a delivery's body");
    command->add_option("BUILD", shown.build,
                        std::string(build_help) + "; also one that only its source knows");
    command
        ->add_option("--hook", delivered.hook,
                     "instead of a build: which builds the delivery in FILE would become, if it came to the "
                     "hook of the source NAME, and who would be told")
        ->type_name("NAME");
    command
        ->add_option("--header", delivered.headers,
                     "of that delivery: \"X-GitHub-Event: workflow_run\"; repeated")
        ->allow_extra_args(false)
        ->type_name("HEADER");
    command
        ->add_option(
            "--event", shown.event,
            "its start (new), its end (finished), or its buildset's completion (buildset); default: the "
            "end, else the start")
        ->type_name("EVENT")
        ->check(CLI::IsMember({"new", "finished", "buildset"}));
    CLI::Option* open =
        command
            ->add_option("--open", open_file,
                         "write a mail to FILE (.eml), or a temporary file, and open it where "
                         "there is a desktop")
            ->expected(0, 1)
            ->type_name("[FILE]");
    command->callback([this, open] {
      if (!delivered.hook.empty()) {
        if (shown.reporter.empty() || !shown.build.empty())
          throw CLI::ValidationError("--hook", "wants one FILE and no BUILD (- for standard input)");
        delivered.file = shown.reporter;
        chosen = [this] { return preview_hook(place, delivered); };
        return;
      }
      if (shown.reporter.empty()) throw CLI::RequiredError("REPORTER");
      if (shown.build.empty()) throw CLI::RequiredError("BUILD");
      if (open->count() > 0) shown.open = open_file;
      chosen = [this] { return preview(place, shown); };
    });
  }

  void add_intake() {
    CLI::App* command =
        app.add_subcommand("intake", "Show deliveries to hooks that were refused within a day, and why");
    add_place(*command, place);
    command->add_option("SOURCE", source, "of that one alone, with what was delivered");
    command->callback([this] { chosen = [this] { return show_intake(place, source); }; });
  }

  void add_test_send() {
    CLI::App* command = app.add_subcommand(
        "test-send", "Really send one report, once and now, and say what the target answers");
    add_place(*command, place);
    command->add_option("REPORTER", test.reporter, "its name, as in `carillon deliveries`")->required();
    command->add_option(
        "BUILD", test.build,
        "report the present state of this build again; default: a made-up one that says it is a "
        "test. " +
            std::string(build_help));
    command->callback([this] { chosen = [this] { return test_send(place, test); }; });
  }

  void add_replay() {
    CLI::App* command = app.add_subcommand("replay", "Report past builds again, from a given time on");
    add_place(*command, place);
    CLI::Option* since = command->add_option(
        "--since", again.since, "2026-11-20T10:00:00Z, '2026-11-20 10:00' (local time), 2h, '3 days'");
    since->type_name("TIME");
    command->add_option("--until", again.until, "likewise; default: now")->type_name("TIME");
    command->add_option("--reporter", again.reporter, "only by this one")->type_name("REPORTER");
    command->add_option("--builder", again.builder, "only what is about builds of this one")
        ->type_name("BUILDER");
    command->add_flag("--dry-run", again.dry_run, "only count the reports");
    command->add_flag("--yes", again.yes, "do not ask, however many they are");
    CLI::Option* after =
        command->add_option("--after", again.after, "go on with one that was interrupted: after this event");
    after->type_name("EVENT");
    command->add_option("--up-to", again.up_to, "likewise: up to this event")->type_name("EVENT");
    command->callback([this, since, after] {
      if (since->count() + after->count() == 0) throw CLI::RequiredError("--since");
      chosen = [this] { return replay(place, again); };
    });
  }
};

struct CommandEnd {
  int code = 0;
  bool ran = false;  // a command: Python may have been started, and its threads may still be there
};

CommandEnd run_command(int argc, char** argv) {
  Commands commands(take_command(argc, argv));
  if (argc < 2) {
    std::cerr << commands.overview();
    return {usage_error};
  }
  if (const std::string wrong = wrong_command(commands.app, argv[1]); !wrong.empty())
    return {Commands::wrong_usage(wrong)};
  if (const std::string empty = empty_choice(commands.app, argc, argv); !empty.empty())
    return {Commands::wrong_usage(empty + ": must not be empty", argv[1])};
  try {
    commands.app.parse(argc, argv);
  } catch (const CLI::Success& told) {
    return {commands.app.exit(told)};  // --help, --version
  } catch (const CLI::ParseError& error) {
    const std::string wrong = wrong_words(commands.app);
    return {Commands::wrong_usage(wrong.empty() ? error.what() : wrong, argv[1])};
  }
  int code = 1;
  try {
    code = commands.chosen();
  } catch (const WrongOption& error) {
    code = Commands::wrong_usage(error.what(), argv[1]);
  } catch (const std::exception& error) {
    std::cerr << printable_lines(std::string("carillon: ") + error.what());
  }
  return {code, true};
}

}  // namespace

int main(int argc, char** argv) {
  Output output;
  const CommandEnd ended = run_command(argc, argv);
  const int code = output.finish(ended.code);
  if (ended.ran) _exit(code);  // Python is never finalised (doc/decisions/0002-python.md)
  return code;
}

}  // namespace carillon::cli
