#include "app/check.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <iostream>
#include <sstream>

#include "app/assembly.hpp"
#include "app/fixtures.hpp"
#include "app/load.hpp"

namespace carillon::app {
namespace {

struct Findings {
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  std::size_t rendered = 0;
};

void add_lines(std::vector<std::string>& lines, const std::string& text) {
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
}

// Whether the rule would ever report the example, whatever the build before it was.
bool wanted(const rule::Rule& rule, const Example& example) {
  if (rule.audience) return !is_request(example.order.kind) && example.order.buildset.empty();
  if (example.order.kind == EventKind::worker_missing) {
    return rule.workers.all || !rule.workers.names.empty();
  }
  if (example.order.kind == EventKind::buildset_complete) return rule.build_set_summary;
  rule::Rule unfiltered = rule;
  unfiltered.filter = {};
  const BuildFacts facts = facts_of(example.order.builds.front());
  if (is_request(example.order.kind)) {
    const auto decision = rule::decide_request(unfiltered, example.order.kind, facts, false);
    return decision.outcome == rule::Decision::Outcome::report;
  }
  for (const std::optional<Results> before :
       {std::optional<Results>(), std::optional(Results::success), std::optional(Results::failure)}) {
    const auto outcome = rule::decide_build(unfiltered, example.order.kind, facts, before).outcome;
    if (outcome == rule::Decision::Outcome::report) return true;
  }
  return false;
}

asio::awaitable<void> word_examples(const pipeline::Roster& roster, Findings& findings) {
  for (const pipeline::RosterEntry& entry : roster.entries) {
    for (const Example& example : examples()) {
      if (!wanted(entry.rule, example)) continue;
      auto deliveries = co_await entry.reporter->compose(example.order);
      const std::string what = entry.name + ", " + example.title + ": ";
      if (!deliveries) {
        findings.errors.push_back(what + deliveries.error().what);
        continue;
      }
      ++findings.rendered;
      for (const reporter::Delivery& delivery : *deliveries) {
        // What is skipped has its reason in the example (no pull request), not in the configuration.
        if (!delivery.note.empty() && !delivery.skip) findings.errors.push_back(what + delivery.note);
      }
    }
  }
}

void check(const CheckOptions& options, Redactor& redactor, const Log& log, Findings& findings) {
  auto& io = *new asio::io_context(1);  // NOLINT: see load.cpp
  SystemClock clock;
  const std::vector<ReporterKind> kinds = reporter_kinds();
  auto* script = script::Script::start(io.get_executor(), script_options(kinds)).release();
  auto* http = http::make_client(io.get_executor()).release();
  script->set_data_source([](std::string, std::string path) -> Task<json::value> {
    co_return rejected("`carillon check` asks no master for " + path);
  });
  const settings::Configuration configuration = script->load(options.config);
  for (const Secret& secret : configuration.secrets)
    redactor.add(secret.reveal());
  findings.warnings = configuration.warnings;
  const reporter::Environment environment{
      io.get_executor(), {configuration.title, configuration.buildbot_url}, clock, log, *http};
  const auto processes = process::make_runner();
  const master::buildbot::Environment buildbot{io.get_executor(), *http, log, clock, *processes};
  const Assembly assembly = assemble(configuration, kinds, environment, buildbot, redactor);
  bool done = false;
  auto finished = [&](const std::exception_ptr& error) {
    done = true;
    io.stop();
    if (error) std::rethrow_exception(error);
  };
  asio::co_spawn(io, word_examples(*assembly.roster, findings), finished);
  auto work = asio::make_work_guard(io);
  if (!done) io.run();
}

void print(const CheckOptions& options, const Redactor& redactor, const Findings& findings) {
  if (options.json) {
    json::object out;
    json::array errors;
    json::array warnings;
    for (const std::string& error : findings.errors)
      errors.emplace_back(redactor(error));
    for (const std::string& warning : findings.warnings)
      warnings.emplace_back(redactor(warning));
    out["ok"] = findings.errors.empty();
    out["errors"] = std::move(errors);
    out["warnings"] = std::move(warnings);
    out["rendered"] = findings.rendered;
    std::cout << json::serialize(out) << "\n";
    return;
  }
  for (const std::string& warning : findings.warnings)
    std::cerr << "warning: " << redactor(warning) << "\n";
  for (const std::string& error : findings.errors)
    std::cerr << "error: " << redactor(error) << "\n";
  if (findings.errors.empty()) {
    std::cout << options.config << " is fine; " << findings.rendered
              << " example reports were worded, none was sent\n";
  }
}

}  // namespace

int check_configuration(const CheckOptions& options) {
  auto* redactor = new Redactor;                        // NOLINT: outlives what Python may still call
  auto* log = new Log(Log::Level::warning, *redactor);  // NOLINT
  Findings findings;
  try {
    check(options, *redactor, *log, findings);
  } catch (const settings::ConfigError& error) {
    add_lines(findings.errors, error.what());
  }
  print(options, *redactor, findings);
  return findings.errors.empty() ? 0 : 1;
}

}  // namespace carillon::app
