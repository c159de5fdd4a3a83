#include "cli/silence_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "base/terminal.hpp"
#include "cli/known_names.hpp"
#include "cli/opened.hpp"
#include "cli/person.hpp"
#include "cli/place_option.hpp"
#include "rule/silence.hpp"
#include "settings/error.hpp"
#include "view/silences.hpp"

namespace carillon::cli {
namespace {

using settings::ConfigError;
using store::KeptSilence;

struct SilenceOptions {
  Place place;
  // "add", "list", "end", "preview".
  std::string what;
  // To end.
  std::int64_t id = 0;
  // Empty ones were not given (view/silences.hpp).
  std::string builder, branch, tag, result, reporter, target, from, until, lasting, why;
  bool statuses = false;
  bool summary = false;
};

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
  if (silence.summary) more += "; a summary at its end";
  if (!silence.ended_by.empty()) more += "; ended by " + printable(silence.ended_by);
  std::cout << "    " << more << "\n";
}

int begin_silence(const SilenceOptions& options) {
  const Place& place = options.place;
  OpenedLedger opened(place);
  const Millis now = SystemClock().now();
  const Silence silence = wanted(view::read_silence(given_by(options), user_of_command(), now));
  const server::RosterRecord roster = opened.roster();
  check_names(opened.ledger(), roster, silence);
  const RowId id = opened.ledger().add_silence(silence);
  opened.note("silence", "silence " + std::to_string(id), silence.why);
  const auto made = opened.ledger().kept_silence(id);
  if (!made) throw store::Error("silence " + std::to_string(id) + " is gone already");
  const Millis shown_at = std::max(now, made->silence.created);  // a server's clock may be ahead
  if (place.json) {
    std::cout << json::serialize(view::to_json(*made, shown_at)) << "\n";
    return 0;
  }
  print_silence(Colours(), *made, shown_at);
  if (!silence.statuses && roster.tells_programs(silence.reporter))
    std::cout << "it holds nothing back: " << printable(silence.reporter)
              << " tells programs of states; --statuses holds these back, too\n";
  if (!opened.is_served())
    std::cout << "no server is running: it is for what one hears that is started before the end\n";
  return 0;
}

int list_silences(const Place& place) {
  OpenedLedger opened(place, store::Access::reading);
  const Millis now = SystemClock().now();
  const std::vector<KeptSilence> silences = opened.ledger().kept_silences();
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

int end_silence(const Place& place, std::int64_t id) {
  OpenedLedger opened(place);
  const std::string why_not = opened.ledger().end_silence(id, SystemClock().now(), user_of_command());
  if (why_not.empty()) opened.note("end", "silence " + std::to_string(id));
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
  const Place& place = options.place;
  OpenedLedger opened(place, store::Access::reading);
  const Millis now = SystemClock().now();
  const Silence silence = wanted(view::read_subject(given_by(options), now));
  const server::RosterRecord roster = opened.roster();
  check_names(opened.ledger(), roster, silence);
  const auto tells_programs = [&](const std::string& reporter) { return roster.tells_programs(reporter); };
  const view::Tried tried = opened.remote() != nullptr
                                ? opened.remote()->try_out(silence)
                                : view::try_out(opened.ledger(), silence, now, tells_programs);
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
  add_any_place(*command, options->place);
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
