#include "source/generic/generic_run.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/generic/reading.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::generic {
namespace {

constexpr std::size_t longest_id = 120;
constexpr std::size_t most_steps = 500;
constexpr std::size_t most_listed = 100;           // tags, files
constexpr std::size_t most_of_property = 2'000;    // bytes of JSON
constexpr std::size_t most_digits_of_number = 15;  // exact in doubles

// Reads field after field, until one is wrong.
class RunReader {
 public:
  RunReader(const Mapping& mapping, const Reading& read, Heard& heard, Millis now)
      : mapping_(mapping), read_(read), heard_(heard), now_(now) {}

  Result<void> run(const std::string& delivery) {
    hook::Run run;
    take_moments(run);
    take_texts(run);
    take_numbers(run);
    take_lists(run);
    if (!wrong_) take_steps(run);
    if (!wrong_) take_id(run, delivery);
    if (!wrong_) take_state(run);
    if (wrong_) return failed(*wrong_);
    if (!heard_.ignored.empty()) return ok();
    take_properties(run);
    name_branch(run);
    run.said_counts = true;
    heard_.run = std::move(run);
    return ok();
  }

 private:
  template <class T, class Member>
  void take(Result<T> result, Member& member) {
    if (wrong_) return;
    if (!result) {
      wrong_ = result.error();
      return;
    }
    member = std::move(*result);
  }

  void take_moments(hook::Run& run) {
    take(read_.moment("started"), run.started);
    take(read_.moment("ended"), run.ended);
    take(read_.moment("submitted"), run.submitted);
  }

  void take_texts(hook::Run& run) {
    std::string builder;
    take(read_.text("builder"), builder);
    take(read_.text("pipeline"), run.pipeline);
    if (!builder.empty()) run.pipeline = std::move(builder);
    const std::pair<const char*, std::string&> texts[] = {
        {"occurrence", run.occurrence},
        {"project", run.project},
        {"job", run.job},
        {"state_string", run.said},
        {"url", run.url},
        {"branch", run.branch},
        {"base_branch", run.base_branch},
        {"revision", run.revision},
        {"repository", run.repository},
        {"owner", run.owner},
        {"reason", run.reason},
        {"event", run.event},
        {"worker", run.worker},
        {"author", run.commit.author},
        {"mail", run.commit.mail},
        {"message", run.commit.message},
        {"pull_request_url", run.pull_request_url},
        {"head_repository", run.head_repository},
        {"head_branch", run.head_branch},
    };
    for (const auto& [field, member] : texts)
      take(read_.text(field), member);
    run.commit.revision = run.revision;
    if (!run.occurrence.empty()) run.occurrence = short_part(run.occurrence);
  }

  void take_numbers(hook::Run& run) {
    take(read_.number("pull_request"), run.pull_request);
    std::optional<std::int64_t> attempt;
    take(read_.number("attempt"), attempt);
    run.attempt = std::max<std::int64_t>(attempt.value_or(1), 1);
    std::optional<std::int64_t> total;
    take(read_.number("tests.total"), total);
    std::optional<std::int64_t> count[3];
    take(read_.number("tests.passed"), count[0]);
    take(read_.number("tests.failed"), count[1]);
    take(read_.number("tests.skipped"), count[2]);
    if (!total && !count[0] && !count[1] && !count[2]) return;
    hook::Tests tests;
    tests.passed = count[0].value_or(0);
    tests.failed = count[1].value_or(0);
    tests.skipped = count[2].value_or(0);
    tests.total = total.value_or(tests.passed + tests.failed + tests.skipped);
    take(read_.texts("tests.failed_names"), tests.failed_names);
    run.tests = std::move(tests);
  }

  void take_lists(hook::Run& run) {
    take(read_.texts("tags"), run.tags);
    take(read_.texts("files"), run.commit.files);
    run.tags.resize(std::min(run.tags.size(), most_listed));
    run.commit.files.resize(std::min(run.commit.files.size(), most_listed));
  }

  void take_steps(hook::Run& run) {
    if (!mapping_.each_step) return;
    const std::vector<const json::value*> steps = values_at(*mapping_.each_step, read_.scope());
    for (std::size_t i = 0; i < std::min(steps.size(), most_steps) && !wrong_; ++i) {
      const Reading of_step(mapping_, mapping_.step, {steps[i], read_.scope().headers}, nullptr);
      hook::Job job;
      take(of_step.text("name"), job.name);
      take(of_step.text("state_string"), job.said);
      take(of_step.text("url"), job.url);
      take(of_step.text("worker"), job.worker);
      take(of_step.moment("started"), job.started);
      take(of_step.moment("ended"), job.ended);
      std::optional<hook::State> state;
      if (mapping_.step.contains("results") || mapping_.step.contains("state"))
        take(of_step.state(job.ended.has_value(), heard_.notes), state);
      job.state = state.value_or(hook::State{});
      if (wrong_) wrong_->what.insert(0, "step " + std::to_string(i) + ": ");
      run.jobs.push_back(std::move(job));
    }
  }

  // Something of a key, however long it is.
  static std::string short_part(const std::string& text) {
    std::string part = hook::key_part(text);
    return part.size() <= longest_id ? part : short_hash(text) + short_hash(short_hash(text) + text);
  }

  void take_id(hook::Run& run, const std::string& delivery) {
    std::string id;
    if (read_.maps("id")) {
      const Reading::Found found = read_.find("id");
      take(read_.text("id"), id);
      if (id.empty() && !wrong_) wrong_ = rejected(found.place + ": missing").value();
    } else {
      id = delivery;
      if (id.empty()) wrong_ = rejected("Idempotency-Key: missing, and the mapping has no id").value();
    }
    if (wrong_) return;
    run.id = short_part(id);
    const bool numeric = is_digits(id) && id.size() <= most_digits_of_number;
    if (numeric) run.numeric_id = std::strtoll(id.c_str(), nullptr, 10);
    if (read_.maps("attempt")) run.id += "." + std::to_string(run.attempt);
    std::optional<std::int64_t> number;
    take(read_.number("number"), number);
    if (!number && numeric) number = run.numeric_id;
    // What is later has a higher number.
    if (!number) number = run.started ? run.started : run.submitted;
    run.number = number.value_or(now_ / 1000);
  }

  void take_state(hook::Run& run) {
    std::optional<hook::State> state;
    take(read_.state(run.ended.has_value(), heard_.notes), state);
    if (wrong_) return;
    if (!state) {
      heard_.ignored = heard_.notes.back();
      return;
    }
    run.state = *state;
    if (state->phase != hook::Phase::ended) run.ended.reset();
  }

  void take_properties(hook::Run& run) {
    const auto add = [&](std::string_view name, const json::value& value) {
      if (name.empty() || json::serialize(value).size() > most_of_property) return;
      run.properties.emplace_back(valid_utf8(name), value);
    };
    if (const Reading::Found all = read_.find("properties"); !all.values.empty()) {
      if (const json::object* object = all.values.front().if_object()) {
        for (const auto& [name, value] : *object)
          add(name, value);
      }
    }
    for (const auto& [name, ways] : mapping_.properties) {
      if (const Reading::Found one = read_.find(name, ways); !one.values.empty())
        add(name, one.values.front());
    }
  }

  // The branch of a pull request may have any name: filters must not take it for one of ours.
  static void name_branch(hook::Run& run) {
    run.from_fork =
        !run.head_repository.empty() && !run.project.empty() && run.head_repository != run.project;
    if (!run.pull_request || run.branch.starts_with("refs/")) return;
    if (run.head_branch.empty()) run.head_branch = run.branch;
    run.branch = "refs/pull/" + std::to_string(*run.pull_request) + "/head";
  }

  const Mapping& mapping_;
  const Reading& read_;
  Heard& heard_;
  Millis now_;
  std::optional<Failure> wrong_;
};

}  // namespace

std::string unmet(const Mapping& mapping, const Scope& scope) {
  for (const Mapping::Condition& condition : mapping.when) {
    const auto found = values_at(condition.path, scope);
    const json::value null;
    const json::value& value = found.empty() ? null : *found.front();
    const bool met = std::ranges::any_of(condition.values, [&](const json::value& wanted) {
      return wanted == value || (wanted.is_string() && scalar_text(value) == wanted.get_string());
    });
    if (!met) return condition.path.text + " is another one";
  }
  return {};
}

Result<Heard> heard_of(const Mapping& mapping, const Scope& scope, const Called& called,
                       const std::string& delivery, Millis now) {
  Heard heard;
  const Reading read(mapping, mapping.fields, scope, &called);
  if (auto made = RunReader(mapping, read, heard, now).run(delivery); !made) return failed(made.error());
  return heard;
}

}  // namespace carillon::source::generic
