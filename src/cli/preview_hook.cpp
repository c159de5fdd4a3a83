#include "cli/preview_hook.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

#include "base/letters.hpp"
#include "base/terminal.hpp"
#include "base/text.hpp"
#include "cli/chosen_build.hpp"
#include "cli/offline_runtime.hpp"
#include "model/build.hpp"
#include "pipeline/decider.hpp"
#include "settings/error.hpp"

namespace carillon::cli {
namespace {

using settings::ConfigError;

std::string content_of_file(const std::string& file) {
  if (file == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw ConfigError("cannot read " + file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

web::Request request_of(const std::vector<std::string>& headers) {
  web::Request head;
  head.method = "POST";
  head.content_type = "application/json";
  for (const std::string& line : headers) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || colon == 0)
      throw ConfigError("--header must be 'NAME: VALUE', not '" + line + "'");
    const std::string name = lower(line.substr(0, colon));
    const std::string value(trim(std::string_view(line).substr(colon + 1)));
    if (name == "content-type") head.content_type = value;
    head.headers[name] = value;
  }
  return head;
}

std::shared_ptr<source::Source> source_named(OfflineRuntime& runtime, const std::string& name) {
  std::string known;
  for (const server::SourceEntry& entry : runtime.sources()) {
    if (entry.source->name() == name) return entry.source;
    known += (known.empty() ? "" : ", ") + entry.source->name();
  }
  throw ConfigError("there is no source '" + name + "'" + (known.empty() ? "" : "; there are " + known));
}

std::vector<ReporterDecision> decide(OfflineRuntime& runtime, const Event& event) {
  pipeline::Decider decider(runtime.store(), runtime.find_source());
  const EventKind kind = kind_of(event.key);
  const BuildFacts facts = is_build(kind) || is_request(kind) ? facts_of(event.body) : BuildFacts();
  auto decisions = runtime.run(decider.decide(runtime.roster(), event, kind, facts));
  if (!decisions) throw ConfigError(runtime.redacted(decisions.error().what));
  return std::move(*decisions);
}

const char* answer_to(const Decision& decision) {
  return decision.outcome == Decision::Outcome::ignore ? "no: " : "yes: ";
}

json::object as_json(OfflineRuntime& runtime, const Event& event) {
  json::object out{{"key", event.key}, {"occurrence", event.occurrence}, {"build", event.body}};
  out["untold"] = event.untold.empty() ? json::value(nullptr) : json::value(event.untold);
  json::array decisions;
  for (const ReporterDecision& one : decide(runtime, event)) {
    decisions.push_back(json::object{{"reporter", one.reporter},
                                     {"decision", name(one.decision.outcome)},
                                     {"reason", one.decision.reason}});
  }
  out["decisions"] = std::move(decisions);
  return out;
}

void print(OfflineRuntime& runtime, const Event& event) {
  const Colours colours;
  const auto line = [&](const char* what, std::string_view value) {
    if (!value.empty()) std::cout << "  " << colours.dim(std::string(what) + ": " + printable(value)) << "\n";
  };
  std::cout << colours.bold(printable(title_of(event))) << "\n";
  line("key", event.key);
  line("state", text_at(event.body, "state_string"));
  line("branch", text_property(event.body, "branch"));
  line("revision", text_property(event.body, "revision"));
  line("owner", text_property(event.body, "owner"));
  line("url", text_at(event.body, "url"));
  line("nobody is told", event.untold);
  for (const ReporterDecision& one : decide(runtime, event)) {
    std::cout << "    " << printable(one.reporter + "  " + answer_to(one.decision) + one.decision.reason)
              << "\n";
  }
}

}  // namespace

int preview_hook(const server::LedgerPlace& place, const HookPreviewOptions& options) {
  OfflineRuntime& runtime = OfflineRuntime::make();
  runtime.open(place);
  const OfflineRuntime::Tidy tidy(runtime);
  const auto source = source_named(runtime, options.hook);
  web::Request delivery = request_of(options.headers);
  delivery.body = content_of_file(options.file);
  const auto made = runtime.run(
      source->preview(std::make_shared<const web::Request>(std::move(delivery)), SystemClock().now()));
  if (!made) {
    std::cerr << printable("it would be refused: " + runtime.redacted(made.error().what)) << "\n";
    return 1;
  }
  if (place.json) {
    json::array events;
    for (const Event& event : made->events)
      events.push_back(as_json(runtime, event));
    json::array remarks;
    for (const std::string& remark : made->remarks)
      remarks.emplace_back(remark);
    std::cout << runtime.redacted(json::serialize(json::object{{"events", events}, {"remarks", remarks}}))
              << "\n";
    return 0;
  }
  for (const std::string& remark : made->remarks)
    std::cout << printable(runtime.redacted(remark)) << "\n";
  for (const Event& event : made->events)
    print(runtime, event);
  return 0;
}

}  // namespace carillon::cli
