#include "cli/exec_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include "exec/box.hpp"
#include "exec/exec.hpp"

namespace carillon::cli {
namespace {

constexpr double longest_timeout = 365.0 * 24 * 3600;  // seconds

struct Given {
  exec::Options options;
  std::int64_t number = 0;
  double timeout = 0;
  std::string token_file;
  std::string spool;
  std::vector<std::string> properties;
};

// The first line of the file, else $CARILLON_TOKEN. The command is run without one, too.
void find_token(Given& given) {
  if (given.token_file.empty()) {
    const char* token = std::getenv("CARILLON_TOKEN");
    if (token != nullptr) given.options.token = Secret(token);
    if (token == nullptr || *token == '\0')
      given.options.token_trouble = "no token: set CARILLON_TOKEN, or give --token-file";
    return;
  }
  std::ifstream in(given.token_file);
  std::string token;
  std::getline(in, token);
  while (!token.empty() && (token.back() == '\r' || token.back() == ' '))
    token.pop_back();
  if (token.empty()) given.options.token_trouble = "cannot read a token from " + given.token_file;
  given.options.token = Secret(token);
}

void take_properties(Given& given) {
  for (const std::string& one : given.properties) {
    const auto equals = one.find('=');
    if (equals == std::string::npos || equals == 0)
      throw CLI::ValidationError("--property", "must be NAME=VALUE, not '" + one + "'");
    given.options.build.properties.emplace_back(one.substr(0, equals), one.substr(equals + 1));
  }
}

void check(Given& given) {
  exec::Options& options = given.options;
  if (options.flush) {
    if (!options.command.empty()) throw CLI::ExcludesError("--flush", "a command");
    return;
  }
  if (options.build.builder.empty()) throw CLI::RequiredError("--builder");
  if (options.command.empty()) throw CLI::RequiredError("a command");
  take_properties(given);
}

int run(Given& given) {
  find_token(given);
  given.options.spool = given.spool.empty() ? exec::usual_spool() : std::filesystem::absolute(given.spool);
  given.options.timeout = std::chrono::milliseconds(std::llround(given.timeout * 1000));
  return exec::run(given.options);
}

void add_notes(CLI::App& command, Given& given) {
  exec::BuildNotes& build = given.options.build;
  command
      .add_option_function<std::int64_t>(
          "--number", [&build](const std::int64_t& number) { build.number = number; },
          "the build's number (default: the time of the start, in milliseconds)")
      ->check(CLI::NonNegativeNumber)
      ->type_name("NUMBER");
  const auto text = [&command](const char* name, std::string& value, const char* wanted, const char* help) {
    command.add_option(name, value, help)->type_name(wanted);
  };
  text("--step", build.step, "NAME", "what its step is called (default: the name of the program)");
  text("--reason", build.reason, "TEXT", "why it is run");
  text("--link", build.link, "URL", "where people can look at it");
  command.add_option("--property", given.properties, "a property of the build; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command.add_option("--tag", build.tags, "a tag of the builder; may be repeated")
      ->type_name("TAG")
      ->allow_extra_args(false);
  text("--branch", build.branch, "BRANCH", "what is built");
  text("--revision", build.revision, "REVISION", "its revision: reporters of commit statuses need it");
  text("--repository", build.repository, "URL", "its repository's address");
  text("--project", build.project, "PROJECT", "its project (for forges: OWNER/REPOSITORY)");
  text("--codebase", build.codebase, "NAME", "its codebase");
}

void add_options(CLI::App& command, Given& given) {
  exec::Options& options = given.options;
  command.add_option("--builder", options.build.builder, "the builder's name; required except with --flush")
      ->type_name("NAME");
  command.add_option("--url", options.url, "the server; of several nodes all, with commas")
      ->type_name("URL")
      ->envname("CARILLON_URL")
      ->capture_default_str();
  command
      .add_option("--token-file", given.token_file,
                  "a file with the token of sources.Push (default: $CARILLON_TOKEN)")
      ->type_name("FILE");
  command
      .add_option("--spool", given.spool,
                  "where reports are kept until the server has them (default: "
                  "$XDG_STATE_HOME/carillon/spool)")
      ->type_name("FOLDER");
  command
      .add_option("--warnings", options.codes.warnings, "an exit code that means warnings; may be repeated")
      ->type_name("CODE")
      ->check(CLI::Range(0, 255))
      ->allow_extra_args(false);
  command.add_option("--skipped", options.codes.skipped, "an exit code that means skipped; may be repeated")
      ->type_name("CODE")
      ->check(CLI::Range(0, 255))
      ->allow_extra_args(false);
  command
      .add_option("--timeout", given.timeout, "seconds after which it is ended: SIGTERM, 5 s later SIGKILL")
      ->check(CLI::Range(0.001, longest_timeout))
      ->type_name("SECONDS");
  command
      .add_option("--max-log", options.max_log,
                  "bytes of the output that are reported, half of them the first and half the last")
      ->check(CLI::Range(std::size_t{0}, exec::largest_log))
      ->type_name("BYTES")
      ->capture_default_str();
  command.add_flag("--quiet", options.quiet, "the output goes into the report only");
  command.add_flag("--flush", options.flush, "no command: send the reports that are kept");
  add_notes(command, given);
}

}  // namespace

std::vector<std::string> take_command(int& argc, char** argv) {
  if (argc < 2 || std::string_view(argv[1]) != "exec") return {};
  char** const end = argv + argc;
  char** const mark =
      std::find_if(argv + 2, end, [](const char* word) { return std::string_view(word) == "--"; });
  if (mark == end) return {};
  argc = static_cast<int>(mark - argv);
  return {mark + 1, end};
}

void add_exec(CLI::App& app, std::vector<std::string> words, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("exec", "Run a command, and report it as a build");
  command->footer(
      "A command with options of its own stands after `--`: carillon exec --builder backup -- rsync -a / "
      "/mnt");
  auto given = std::make_shared<Given>();
  add_options(*command, *given);
  command->add_option("CMD", given->options.command, "the command and its arguments");
  command->allow_extras();  // to say more of them
  command->callback([command, given, words = std::move(words), &chosen] {
    if (const auto unknown = command->remaining(); !unknown.empty()) {
      throw CLI::ValidationError(unknown.front(),
                                 "not an option of exec (a command with options of its own stands after --)");
    }
    std::vector<std::string>& all = given->options.command;
    all.insert(all.end(), words.begin(), words.end());
    check(*given);
    chosen = [given] { return run(*given); };
  });
}

}  // namespace carillon::cli
