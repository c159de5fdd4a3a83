#include "cli/silence_command.hpp"

#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "base/terminal.hpp"
#include "cli/known_names.hpp"
#include "cli/place_option.hpp"
#include "rule/silence.hpp"
#include "server/control.hpp"
#include "server/roster_record.hpp"
#include "settings/error.hpp"
#include "store/open.hpp"
#include "view/silences.hpp"

namespace carillon::cli {
namespace {

using settings::ConfigError;
using store::KeptSilence;

struct SilenceOptions {
  server::LedgerPlace place;
  // "add", "list", "end", "preview".
  std::string what;
  // To end.
  std::int64_t id = 0;
  // Empty ones were not given (view/silences.hpp).
  std::string builder, branch, tag, result, reporter, target, from, until, lasting, why;
  bool statuses = false;
  bool summary = false;
};

std::string who_types() {
  const char* before_sudo = std::getenv("SUDO_USER");
  if (before_sudo != nullptr && *before_sudo != '\0') return std::string(before_sudo) + " (command line)";
  const passwd* user = getpwuid(getuid());
  return (user != nullptr ? std::string(user->pw_name) : std::to_string(getuid())) + " (command line)";
}

view::Given given_by(const SilenceOptions& options) {
  return [&options](std::string_view name) -> std::string {
    if (name == "builder") return options.builder;
    if (name == "branch") return options.branch;
    if (name == "tag") return options.tag;
    if (name == "result") return options.result;
    if (name == "reporter") return options.reporter;
    if (name == "target") return options.target;
    if (name == "from") return options.from;
    if (name == "until") return options.until;
    if (name == "for") return options.lasting;
    if (name == "why") return options.why;
    if (name == "statuses") return options.statuses ? "yes" : "";
    if (name == "summary") return options.summary ? "yes" : "";
    return {};
  };
}

Silence wanted(const Result<Silence>& read) {
  if (!read) {
    const std::string& what = read.error().what;
    throw ConfigError(what.starts_with("target:") ? "--to" + what.substr(6) : "--" + what);
  }
  return *read;
}

// A name that nobody has, as opposed to a pattern.
void check_names(store::Ledger& ledger, const server::RosterRecord& roster, const Silence& silence) {
  const auto is_name = [](const std::string& text) {
    return !text.empty() && text.find('*') == std::string::npos;
  };
  if (is_name(silence.reporter)) require_reporter(ledger, roster, silence.reporter);
}

void print_silence(const Colours& colours, const KeptSilence& kept, Millis now) {
  const Silence& silence = kept.silence;
  const view::Phase phase = view::phase_of(silence, now);
  const std::string head = colours.bold("silence " + std::to_string(silence.id)) + " " +
                           std::string(view::word(phase)) + "  " + time_text(silence.from) + " to " +
                           time_text(silence.until);
  std::cout << head << "\n"
            << shown_line("    ", printable(rule::subject_of(silence)) + ": " + printable(silence.why) +
                                      " (" + printable(silence.who) + ")");
  std::string more = counted(kept.count(), "report") + " held back";
  if (silence.statuses) more += "; statuses and HTTP posts, too";
  if (silence.summary) more += "; a summary when it ends";
  if (!silence.ended_by.empty()) more += "; ended by " + printable(silence.ended_by);
  std::cout << "    " << more << "\n";
}

int begin_silence(const SilenceOptions& options) {
  const server::LedgerPlace& place = options.place;
  const std::string database = server::database_of(place);
  const auto ledger = store::open_ledger(database);
  const Millis now = SystemClock().now();
  Silence silence = wanted(view::read_silence(given_by(options), who_types(), now));
  const bool running = server::server_runs(database);
  const server::RosterRecord roster(*ledger, running);
  check_names(*ledger, roster, silence);
  silence.id = ledger->add_silence(silence);
  if (place.json) {
    std::cout << json::serialize(view::to_json({silence, {}}, now)) << "\n";
    return 0;
  }
  print_silence(Colours(), {silence, {}}, now);
  if (!silence.statuses && roster.tells_programs(silence.reporter))
    std::cout << "it holds nothing back: " << printable(silence.reporter)
              << " tells programs of states; --statuses holds these back, too\n";
  if (!running)
    std::cout << "no server is running: it is for what one hears that is started before the end\n";
  return 0;
}

int list_silences(const server::LedgerPlace& place) {
  const auto ledger = store::open_ledger(server::database_of(place), store::Access::reading);
  const Millis now = SystemClock().now();
  const std::vector<KeptSilence> silences = ledger->kept_silences();
  if (place.json) {
    json::array out;
    for (const KeptSilence& kept : silences)
      out.push_back(view::to_json(kept, now));
    std::cout << json::serialize(out) << "\n";
    return 0;
  }
  const Colours colours;
  for (const KeptSilence& kept : silences)
    print_silence(colours, kept, now);
  if (silences.empty()) std::cout << "no silences\n";
  return 0;
}

int end_silence(const server::LedgerPlace& place, std::int64_t id) {
  const auto ledger = store::open_ledger(server::database_of(place));
  const Millis now = SystemClock().now();
  const std::string why_not = ledger->end_silence(id, now, who_types());
  if (place.json) {
    json::object out;
    out["id"] = id;
    out["done"] = why_not.empty();
    if (!why_not.empty()) out["error"] = why_not;
    std::cout << json::serialize(out) << "\n";
  } else if (why_not.empty()) {
    std::cout << "silence " << id << " is over\n";
  } else {
    std::cerr << "carillon: " << why_not << "\n";
  }
  return why_not.empty() ? 0 : 1;
}

int try_silence(const SilenceOptions& options) {
  const server::LedgerPlace& place = options.place;
  const std::string database = server::database_of(place);
  const auto ledger = store::open_ledger(database, store::Access::reading);
  const Millis now = SystemClock().now();
  const Silence silence = wanted(view::read_subject(given_by(options), now));
  const server::RosterRecord roster(*ledger, server::server_runs(database));
  check_names(*ledger, roster, silence);
  const view::Tried tried = view::try_out(
      *ledger, silence, now, [&](const std::string& reporter) { return roster.tells_programs(reporter); });
  if (place.json) {
    std::cout << json::serialize(view::to_json(tried)) << "\n";
  } else {
    std::cout << printable(view::in_words(tried)) << "\n";
  }
  return 0;
}

int run_silence(const SilenceOptions& options) {
  if (options.what == "add") return begin_silence(options);
  if (options.what == "list") return list_silences(options.place);
  if (options.what == "end") return end_silence(options.place, options.id);
  return try_silence(options);
}

void add_patterns(CLI::App& command, SilenceOptions& options) {
  const auto pattern = [&](const char* name, std::string& value, const char* help) {
    command.add_option(name, value, help)->type_name("PATTERN");
  };
  pattern("--builder", options.builder, "about builds of this one; * stands for anything, as below");
  pattern("--branch", options.branch, "on this branch");
  pattern("--tag", options.tag, "of builders with this tag");
  pattern("--result", options.result, "that ended so: failure, exception ...");
  pattern("--reporter", options.reporter, "by this reporter");
  pattern("--to", options.target, "to this recipient, channel or other target");
}

}  // namespace

void add_silence(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* command =
      app.add_subcommand("silence", "Hold reports back for a while: add, list, end or preview a silence");
  auto options = std::make_shared<SilenceOptions>();
  add_place(*command, options->place);
  command->add_option("WHAT", options->what, "add, list, end or preview")
      ->required()
      ->check(CLI::IsMember({"add", "list", "end", "preview"}));
  CLI::Option* id =
      command->add_option("ID", options->id, "to end: its number, as `carillon silence list` shows it");
  add_patterns(*command, *options);
  command->add_option("--from", options->from, "when it begins; default: now")->type_name("TIME");
  command
      ->add_option("--until", options->until,
                   "when it ends, within 30 days: '2026-11-20 10:00', 2h (in two hours)")
      ->type_name("TIME");
  command->add_option("--for", options->lasting, "instead: how long it is, 90m, 2h, '3 days'")
      ->type_name("TIME");
  command->add_option("--why", options->why, "the reason, for those who wonder")->type_name("TEXT");
  command->add_flag("--statuses", options->statuses, "also statuses on forges and HTTP posts");
  command->add_flag("--summary", options->summary, "when it ends, one report of what it held back");
  command->callback([&chosen, options, id] {
    if (options->what == "end" && id->count() == 0) throw CLI::RequiredError("ID");
    if (options->what != "end" && id->count() > 0)
      throw CLI::ValidationError("ID", "is for `silence end` alone");
    chosen = [options] { return run_silence(*options); };
  });
}

}  // namespace carillon::cli
