#include "cli/check.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <set>
#include <sstream>

#include "access/check_access.hpp"
#include "base/terminal.hpp"
#include "cli/offline_runtime.hpp"
#include "server/concerns.hpp"
#include "server/fixtures.hpp"
#include "server/spool_place.hpp"
#include "settings/error.hpp"

namespace carillon::cli {
namespace {

struct Findings {
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  std::size_t rendered = 0;
  // Where long logs are kept.
  std::string logs;
  // What to enter at the CIs, by source.
  std::vector<std::pair<std::string, std::vector<std::string>>> setup;
};

void add_lines(std::vector<std::string>& lines, const std::string& text) {
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
}

// Whether a callback asked somebody, which is not tried here.
bool asks(std::string_view note) {
  return note.find("no source is asked here") != std::string_view::npos ||
         note.find("no server is asked here") != std::string_view::npos;
}

// Whether the note comes of the example, which is made up, and not of the configuration: a callback that asks
// the master or reads what the example does not have works for the builds that it was written for.
bool is_of_example(std::string_view note) {
  constexpr std::array<std::string_view, 5> marks = {"needs the mail to be about exactly one build",
                                                     "KeyError: ", "IndexError: ", "'NoneType' object",
                                                     "UndefinedError: the build has no property"};
  return asks(note) || std::ranges::any_of(marks, [&](std::string_view mark) {
           return note.find(mark) != std::string_view::npos;
         });
}

// Whether a callback of the configuration was waited for in vain.
bool took_too_long(std::string_view note) {
  return note.find("takes longer than") != std::string_view::npos;
}

asio::awaitable<bool> word_examples(const pipeline::Roster& roster, Findings& findings) {
  for (const pipeline::RosterEntry& entry : roster.entries) {
    bool too_long = false;
    std::set<std::string> said;  // of this reporter; most is the same for every example
    for (const server::Example& example : server::examples()) {
      if (!server::is_wanted(entry.rule, example)) continue;
      if (too_long) {  // the others would take as long
        findings.warnings.push_back(entry.name +
                                    ": its other examples are left out: a callback takes too long");
        break;
      }
      auto deliveries = co_await entry.reporter->compose(example.details);
      const std::string what = entry.name + ", " + example.title + ": ";
      if (!deliveries) {
        too_long = took_too_long(deliveries.error().what);
        findings.errors.push_back(what + deliveries.error().what);
        continue;
      }
      ++findings.rendered;
      for (const Delivery& delivery : *deliveries) {
        too_long = too_long || took_too_long(delivery.note);
        // What is skipped has its reason in the example (no pull request), unless a method of the
        // configuration failed.
        const bool failed = delivery.note.find(" failed, so ") != std::string::npos;
        if (delivery.note.empty() || (delivery.skip && !failed)) continue;
        if (delivery.note.starts_with("no log is named ")) continue;  // the example's
        if (!said.insert(asks(delivery.note) ? "it asks" : delivery.note).second) continue;
        auto& lines = is_of_example(delivery.note) ? findings.warnings : findings.errors;
        lines.push_back(what + delivery.note);
      }
    }
  }
  co_return findings.errors.empty();
}

void check(const CheckOptions& options, OfflineRuntime& runtime, Findings& findings) {
  findings.warnings = runtime.read(options.config).warnings;
  findings.logs =
      server::shown_spool(server::database_of(runtime.configuration()), runtime.configuration().spool);
  server::require_spool_folder(runtime.configuration());
  runtime.assemble();
  findings.warnings = runtime.configuration().warnings;
  access::check_access(runtime.configuration());
  for (std::string& unwise : access::unwise_access(runtime.configuration()))
    findings.warnings.push_back(std::move(unwise));
  if (const auto untold = server::untold_ends(runtime.roster())) findings.warnings.push_back(*untold);
  for (const server::SourceEntry& entry : runtime.sources()) {
    for (std::string& warning : entry.source->warnings())
      findings.warnings.push_back(std::move(warning));
    auto lines = entry.source->setup(runtime.configuration().buildbot_url);
    if (!lines.empty()) findings.setup.emplace_back(entry.source->name(), std::move(lines));
  }
  runtime.run(word_examples(runtime.roster(), findings));
}

void print(const CheckOptions& options, const OfflineRuntime& runtime, const Findings& findings) {
  if (options.json) {
    json::object out;
    json::array errors;
    json::array warnings;
    for (const std::string& error : findings.errors)
      errors.emplace_back(runtime.redacted(error));
    for (const std::string& warning : findings.warnings)
      warnings.emplace_back(runtime.redacted(warning));
    out["ok"] = findings.errors.empty();
    out["errors"] = std::move(errors);
    out["warnings"] = std::move(warnings);
    out["rendered"] = findings.rendered;
    if (!findings.logs.empty()) out["long_logs"] = runtime.redacted(findings.logs);
    json::object setup;
    for (const auto& [source, lines] : findings.setup) {
      json::array texts;
      for (const std::string& line : lines)
        texts.emplace_back(runtime.redacted(line));
      setup[source] = std::move(texts);
    }
    if (!setup.empty()) out["setup"] = std::move(setup);
    std::cout << json::serialize(out) << "\n";
    return;
  }
  for (const std::string& warning : findings.warnings)
    std::cerr << printable_lines("warning: " + runtime.redacted(warning));
  for (const std::string& error : findings.errors)
    std::cerr << printable_lines("error: " + runtime.redacted(error));
  for (const auto& [source, lines] : findings.setup) {
    std::cout << printable("source " + source + ":") << "\n";
    for (const std::string& line : lines)
      std::cout << "  " << printable(runtime.redacted(line)) << "\n";
  }
  if (findings.errors.empty()) {
    std::cout << options.config << " is fine; " << counted(findings.rendered, "example report")
              << " rendered, none sent\n"
              << printable("long logs are kept in " + runtime.redacted(findings.logs)) << "\n";
  }
}

}  // namespace

int check_configuration(const CheckOptions& options) {
  return check_configuration(options, OfflineRuntime::make(false));
}

int check_configuration(const CheckOptions& options, OfflineRuntime& runtime) {
  Findings findings;
  try {
    check(options, runtime, findings);
  } catch (const settings::ConfigError& error) {
    add_lines(findings.errors, error.what());
  }
  print(options, runtime, findings);
  return findings.errors.empty() ? 0 : 1;
}

}  // namespace carillon::cli
