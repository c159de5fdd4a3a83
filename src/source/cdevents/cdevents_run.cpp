#include "source/cdevents/cdevents_run.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::cdevents {
namespace {

using hook::Phase;

constexpr std::string_view prefix = "dev.cdevents.";
constexpr std::size_t digits_of_id = 24;

// One event, as far as all kinds of subjects have the same.
struct Subject {
  const CloudEvent& event;
  const json::object* content = nullptr;
  std::string kind;
  std::string predicate;
  std::string source;
  std::string id;
  std::string chain;
  std::optional<std::int64_t> at;
};

// The same for everything that tells of one subject.
std::string key_of(std::string_view kind, const std::string& source, const std::string& id) {
  return std::string(kind) + "-" + hex_encode(hook::sha256(source + "\n" + id)).substr(0, digits_of_id);
}

// "pipelinerun.finished.0.3.0" as its first two words.
bool split_type(std::string_view type, std::string& kind, std::string& predicate) {
  const auto words = words_of(type, ".");
  if (words.size() < 2) return false;
  kind = words[0];
  predicate = words[1];
  return true;
}

Result<Subject> subject_of(const CloudEvent& event) {
  Subject made{.event = event};
  const auto id = hook::need_text(event.data, "subject.id");
  if (!id) return failed(id.error());
  made.id = *id;
  made.source = hook::first_text(event.data, {"subject.source", "context.source"});
  if (made.source.empty()) made.source = event.source;
  made.chain = hook::first_text(event.data, {"context.chainId"});
  made.content = object_at(event.data, "subject.content");
  made.at = hook::moment_at(event.data, "context.timestamp");
  if (!made.at) made.at = hook::moment_of(event.time);
  return made;
}

std::string content_text(const Subject& subject, std::initializer_list<std::string_view> paths) {
  return subject.content == nullptr ? "" : hook::first_text(*subject.content, paths);
}

// Version 0.3 need not say how it went.
hook::State outcome_of(const Subject& subject, hook::Heard& heard) {
  const std::string word = content_text(subject, {"outcome"});
  if (word.empty()) {
    heard.notes.push_back(subject.event.type + " without an outcome");
    const bool bad = !content_text(subject, {"errors"}).empty();
    return {Phase::ended, bad ? Results::failure : Results::success};
  }
  const auto known = hook::state_of(word);
  if (known && known->phase == Phase::ended) return *known;
  heard.notes.push_back("unknown result '" + word + "'");
  return {Phase::ended, Results::exception};
}

std::optional<hook::State> state_by(const Subject& subject, hook::Heard& heard) {
  if (subject.predicate == "queued") return hook::State{Phase::waits, Results::success};
  if (subject.predicate == "started") return hook::State{Phase::runs, Results::success};
  if (subject.predicate == "skipped") return hook::State{Phase::ended, Results::skipped};
  if (subject.predicate == "finished") return outcome_of(subject, heard);
  return std::nullopt;
}

hook::Run run_of(const Subject& subject, const std::string& key, const std::string& name,
                 const hook::State& state) {
  hook::Run run;
  run.state = state;
  run.id = key;
  run.pipeline = name.empty() ? subject.source : name;
  run.url = content_text(subject, {"uri", "url"});
  auto number = number_in(subject.id);
  if (const auto url = Url::parse(run.url); !number && url) number = number_in(url->path);
  run.number = number.value_or(0);
  run.counted = !number;
  run.said = first_line(content_text(subject, {"errors", "reason"}));
  auto& moment = state.phase == Phase::ended   ? run.ended
                 : state.phase == Phase::waits ? run.submitted
                                               : run.started;
  moment = subject.at;
  run.properties.emplace_back("cdevents_source", json::value(subject.source));
  run.properties.emplace_back("cdevents_subject", json::value(subject.id));
  if (!subject.chain.empty()) run.properties.emplace_back("cdevents_chain", json::value(subject.chain));
  for (const json::object* link : objects_at(subject.event.data, "context.links")) {
    if (text_at(*link, "linkType") != "RELATION") continue;
    const std::string target = text_at(*link, "target.contextId");
    if (!target.empty()) run.properties.emplace_back("cdevents_relation", json::value(target));
    break;
  }
  return run;
}

hook::Job job_of(const hook::Run& run) {
  hook::Job job;
  job.id = run.id;
  job.name = run.pipeline;
  job.state = run.state;
  job.said = run.said;
  job.started = run.started;
  job.ended = run.ended;
  job.url = run.url;
  return job;
}

void hear_pipeline_run(const Subject& subject, bool /*tests*/, hook::Heard& heard) {
  const auto state = state_by(subject, heard);
  hook::Run run = run_of(subject, key_of("pipeline", subject.source, subject.id),
                         content_text(subject, {"pipelineName"}), *state);
  run.chain = subject.chain;
  heard.runs.push_back(std::move(run));
}

void hear_task_run(const Subject& subject, bool /*tests*/, hook::Heard& heard) {
  const auto state = state_by(subject, heard);
  hook::Run run = run_of(subject, key_of("task", subject.source, subject.id),
                         content_text(subject, {"taskName"}), *state);
  const std::string of = content_text(subject, {"pipelineRun.id"});
  if (of.empty()) {
    run.chain = subject.chain;
    heard.runs.push_back(std::move(run));
    return;
  }
  std::string source = content_text(subject, {"pipelineRun.source"});
  if (source.empty()) source = subject.source;
  hook::JobOfRun made;
  made.run = key_of("pipeline", source, of);
  made.job = job_of(run);
  run.of_run = made.run;
  made.alone = std::move(run);
  made.may_be_alone = true;
  heard.jobs.push_back(std::move(made));
}

void hear_suite(const Subject& subject, bool tests, hook::Heard& heard) {
  const auto state = state_by(subject, heard);
  hook::Run run = run_of(subject, key_of("suite", subject.source, subject.id),
                         content_text(subject, {"testSuite.name", "testSuite.id"}), *state);
  hook::JobOfRun made;
  made.job = job_of(run);
  made.chain = subject.chain;
  if (tests) made.alone = std::move(run);
  heard.jobs.push_back(std::move(made));
}

void hear_case(const Subject& subject, bool tests, hook::Heard& heard) {
  const auto state = state_by(subject, heard);
  hook::Run run = run_of(subject, key_of("case", subject.source, subject.id),
                         content_text(subject, {"testCase.name", "testCase.id"}), *state);
  hook::TestOfRun made;
  if (const std::string suite = content_text(subject, {"testSuiteRun.id"}); !suite.empty())
    made.of = key_of("suite", subject.source, suite);
  made.chain = subject.chain;
  made.id = run.id;
  made.name = run.pipeline;
  made.results = state->results;
  if (tests) made.alone = std::move(run);
  heard.tests.push_back(std::move(made));
}

struct Kind {
  std::string_view name;
  std::vector<std::string_view> predicates;
  void (*hear)(const Subject&, bool, hook::Heard&);
};

const std::array<Kind, 4>& kinds() {
  static const std::array<Kind, 4> all = {{
      {"pipelinerun", {"queued", "started", "finished"}, hear_pipeline_run},
      {"taskrun", {"started", "finished"}, hear_task_run},
      {"testsuiterun", {"queued", "started", "finished"}, hear_suite},
      {"testcaserun", {"finished", "skipped"}, hear_case},
  }};
  return all;
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f'); });
}

// What was drawn by lot: part of a UUID or a hash, or what Kubernetes appends to a name.
bool is_random(std::string_view whole, std::string_view last) {
  constexpr std::size_t long_hash = 7;
  constexpr std::size_t of_kubernetes = 5;
  constexpr std::string_view kubernetes_letters = "bcdfghjklmnpqrstvwxz2456789";
  if (is_digits(last)) {
    // The last part of a UUID may be digits only.
    const auto dash = whole.rfind('-');
    return dash != std::string_view::npos && last.size() == 12 && dash >= 4 &&
           is_hex(whole.substr(dash - 4, 4));
  }
  if (last.size() >= long_hash && is_hex(last)) return true;
  return last.size() == of_kubernetes && last.size() < whole.size() &&
         last.find_first_not_of(kubernetes_letters) == std::string_view::npos;
}

}  // namespace

std::string first_line(std::string_view text) {
  return std::string(trim(text.substr(0, text.find_first_of("\r\n"))));
}

std::optional<std::int64_t> number_in(std::string_view text) {
  constexpr std::size_t most_digits = 12;
  text = text.substr(0, text.find_first_of("?#"));
  while (text.ends_with('/'))
    text.remove_suffix(1);
  const auto part = text.find_last_of("/-:#_.");
  const std::string_view last = part == std::string_view::npos ? text : text.substr(part + 1);
  const auto before = last.find_last_not_of("0123456789");
  const std::string_view digits = before == std::string_view::npos ? last : last.substr(before + 1);
  if (digits.empty() || digits.size() > most_digits || is_random(text, last)) return std::nullopt;
  return std::stoll(std::string(digits));
}

Result<void> hear_cdevent(const CloudEvent& event, bool tests, hook::Heard& heard) {
  std::string kind;
  std::string predicate;
  const bool known = event.type.starts_with(prefix) &&
                     split_type(std::string_view(event.type).substr(prefix.size()), kind, predicate);
  const auto* found = std::ranges::find(kinds(), kind, &Kind::name);
  if (!known || found == kinds().end() ||
      std::ranges::find(found->predicates, predicate) == found->predicates.end()) {
    heard.ignored = event.type;
    return ok();
  }
  auto subject = subject_of(event);
  if (!subject) {
    subject.error().what.insert(0, event.path);
    return failed(subject.error());
  }
  subject->kind = kind;
  subject->predicate = predicate;
  found->hear(*subject, tests, heard);
  return ok();
}

}  // namespace carillon::source::cdevents
