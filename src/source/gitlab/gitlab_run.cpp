#include "source/gitlab/gitlab_run.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::gitlab {
namespace {

using hook::moment_at;
using hook::Phase;

constexpr std::string_view merge_request_refs = "refs/merge-requests/";

// "refs/merge-requests/7/merge", as the API names what runs for a merge request.
std::optional<std::int64_t> merge_request_of(std::string_view ref) {
  if (!ref.starts_with(merge_request_refs)) return std::nullopt;
  const std::string_view number = ref.substr(merge_request_refs.size());
  const std::string digits(number.substr(0, number.find('/')));
  if (!is_digits(digits) || digits.size() > 18) return std::nullopt;
  return std::stoll(digits);
}

void name_merge_request(hook::Run& run, std::int64_t number, const Project& project) {
  run.pull_request = number;
  run.branch = std::string(merge_request_refs) + std::to_string(number) + "/head";
  if (run.pull_request_url.empty() && !project.page.empty())
    run.pull_request_url = project.page + "/-/merge_requests/" + std::to_string(number);
}

void read_ref(hook::Run& run, const json::object& object, const Project& project) {
  const std::string ref = text_at(object, "ref");
  const json::value* tag = object.if_contains("tag");
  if (const auto number = merge_request_of(ref)) {
    // Whose code it is says the merge request only.
    run.from_fork = true;
    name_merge_request(run, *number, project);
  } else if (tag != nullptr && tag->is_bool() && tag->get_bool()) {
    run.branch = "refs/tags/" + ref;
  } else {
    run.branch = ref;
  }
}

// The hook has a text, the API an object.
bool has_warnings(const json::object& pipeline) {
  const std::string text = hook::first_text(pipeline, {"detailed_status.label", "detailed_status"});
  return text == "passed with warnings" ||
         text_at(pipeline, "detailed_status.group").starts_with("success-with-warnings");
}

hook::State state_of_ended(const std::string& word, std::string_view what, std::vector<std::string>& notes) {
  notes.push_back(std::string(what) + ": unknown result '" + word + "'");
  return {Phase::ended, Results::exception};
}

// The job did not come to its script, or not to its end, and it is not the script's fault.
bool is_fault_of_ci(std::string_view reason) {
  constexpr std::string_view reasons[] = {"runner_system_failure", "stuck_or_timeout_failure",
                                          "scheduler_failure", "api_failure", "data_integrity_failure"};
  return std::ranges::find(reasons, reason) != std::end(reasons);
}

// Names of members of a job: those of a job's hook begin with "build_".
struct Names {
  std::string_view prefix;

  std::string of(std::string_view name) const { return std::string(prefix) + std::string(name); }
};

hook::State state_of_job(const json::object& job, const Names& names, std::vector<std::string>& notes) {
  const std::string word = text_at(job, names.of("status"));
  const auto known = hook::state_of(word);
  if (!known) {
    if (!moment_at(job, names.of("finished_at"))) return {Phase::waits};
    return state_of_ended(word, "job", notes);
  }
  hook::State state = *known;
  if (state.phase != Phase::ended || state.results != Results::failure) return state;
  const json::value* allowed = job.if_contains(names.of("allow_failure"));
  if (allowed != nullptr && allowed->is_bool() && allowed->get_bool()) {
    state.results = Results::warnings;
  } else if (is_fault_of_ci(text_at(job, names.of("failure_reason")))) {
    state.results = Results::exception;
  }
  return state;
}

// "failed: script failure". Jobs that went well have a reason, too, which means nothing.
std::string said_of(const json::object& job, const Names& names, const hook::State& state) {
  const std::string word = text_at(job, names.of("status"));
  if (state.phase == Phase::waits) return word == "manual" || word == "scheduled" ? word : "";
  std::string reason = text_at(job, names.of("failure_reason"));
  if (word != "failed" || reason.empty()) return "";
  std::ranges::replace(reason, '_', ' ');
  return (state.results == Results::warnings ? "failed, as it may: " : "failed: ") + reason;
}

Result<hook::Job> named_job_of(const json::object& job, const Names& names, const Project& project,
                               bool has_logs, std::vector<std::string>& notes) {
  const auto id = hook::need_integer(job, names.of("id"));
  const auto name = hook::need_text(job, names.of("name"));
  if (!id) return failed(id.error());
  if (!name) return failed(name.error());
  hook::Job made;
  made.id = std::to_string(*id);
  made.name = *name;
  made.state = state_of_job(job, names, notes);
  made.said = said_of(job, names, made.state);
  made.started = moment_at(job, names.of("started_at"));
  if (made.state.phase == Phase::ended) made.ended = moment_at(job, names.of("finished_at"));
  made.url = text_at(job, "web_url");
  if (made.url.empty() && !project.page.empty()) made.url = project.page + "/-/jobs/" + made.id;
  made.worker = text_at(job, "runner.description");
  made.has_log = has_logs && made.state.phase == Phase::ended && made.started &&
                 made.state.results != Results::success && made.state.results != Results::skipped;
  return made;
}

void read_runner_tags(hook::Run& run, const json::object& job) {
  const json::array* tags = array_at(job, "runner.tags");
  if (tags == nullptr) tags = array_at(job, "tag_list");
  for (std::size_t i = 0; tags != nullptr && i < tags->size(); ++i) {
    if ((*tags)[i].is_string()) run.tags.emplace_back((*tags)[i].get_string());
  }
}

// The job as a build: the try that it is of is its own, as a retried job has another id.
hook::Run alone_of(hook::Job job, std::int64_t id, std::int64_t attempt, const Project& project) {
  hook::Run alone;
  alone.state = job.state;
  alone.id = "job-" + job.id;
  alone.number = id;
  alone.attempt = attempt;
  alone.numeric_id = id;
  alone.project = project.path;
  alone.repository = project.repository;
  alone.job = job.name;
  alone.said = job.said;
  alone.started = job.started;
  alone.ended = job.ended;
  alone.url = job.url;
  alone.worker = job.worker;
  alone.properties.emplace_back("gitlab_job_id", id);
  // Its log is that of its only step.
  alone.jobs.push_back(std::move(job));
  return alone;
}

}  // namespace

std::string pipeline_id(std::int64_t id) {
  return "pipeline-" + std::to_string(id);
}

bool can_be_told(const json::object& pipeline) {
  return hook::state_of(text_at(pipeline, "status")) || moment_at(pipeline, "finished_at");
}

Result<hook::Run> pipeline_of(const json::object& pipeline, const Project& project,
                              std::vector<std::string>& notes) {
  const auto id = hook::need_integer(pipeline, "id");
  const auto word = hook::need_text(pipeline, "status");
  if (!id) return failed(id.error());
  if (!word) return failed(word.error());
  hook::Run made;
  const auto state = hook::state_of(*word);
  made.state = state ? *state : state_of_ended(*word, "pipeline", notes);
  if (made.state == hook::State{Phase::ended, Results::success} && has_warnings(pipeline)) {
    made.state.results = Results::warnings;
    made.said = "passed with warnings";
  }
  made.id = pipeline_id(*id);
  made.number = integer_at(pipeline, "iid").value_or(*id);
  made.numeric_id = *id;
  made.project = project.path;
  made.repository = project.repository;
  made.pipeline = text_at(pipeline, "name");
  made.submitted = moment_at(pipeline, "created_at");
  made.started = moment_at(pipeline, "started_at");
  // A pipeline that goes on keeps the moment of its last end.
  if (made.state.phase == Phase::ended) {
    made.ended = moment_at(pipeline, "finished_at");
    made.occurrence = std::to_string(made.ended.value_or(0));
  }
  made.url = hook::first_text(pipeline, {"url", "web_url"});
  if (made.url.empty() && !project.page.empty())
    made.url = project.page + "/-/pipelines/" + std::to_string(*id);
  made.revision = text_at(pipeline, "sha");
  read_ref(made, pipeline, project);
  made.event = text_at(pipeline, "source");
  made.owner = text_at(pipeline, "user.username");
  made.properties.emplace_back("gitlab_pipeline_id", *id);
  if (const auto of = integer_at(pipeline, "project_id"))
    made.properties.emplace_back("gitlab_project_id", *of);
  return made;
}

void read_merge_request(hook::Run& run, const json::object& merge_request) {
  const auto number = integer_at(merge_request, "iid");
  if (!number) return;
  run.pull_request_url = hook::first_text(merge_request, {"url", "web_url"});
  name_merge_request(run, *number, {});
  run.base_branch = text_at(merge_request, "target_branch");
  run.head_branch = text_at(merge_request, "source_branch");
  run.reason = text_at(merge_request, "title");
  const auto from = integer_at(merge_request, "source_project_id");
  const auto to = integer_at(merge_request, "target_project_id");
  run.from_fork = !from || from != to;
  if (!run.from_fork) run.head_repository = run.project;
  if (from) run.properties.emplace_back("source_project_id", *from);
}

void read_commit(hook::Run& run, const json::object& commit) {
  run.commit.revision = text_at(commit, "id");
  run.commit.author = hook::first_text(commit, {"author.name", "author_name"});
  run.commit.mail = hook::first_text(commit, {"author.email", "author_email"});
  run.commit.message = text_at(commit, "message");
  run.commit.when = moment_at(commit, "timestamp");
  if (!run.commit.when) run.commit.when = moment_at(commit, "created_at");
}

Result<hook::Job> job_of(const json::object& job, const Project& project, bool has_logs,
                         std::vector<std::string>& notes) {
  return named_job_of(job, {""}, project, has_logs, notes);
}

std::vector<hook::Job> steps_of(const std::vector<const json::object*>& jobs, const json::array* stages,
                                const Project& project, bool has_logs, std::vector<std::string>& notes) {
  struct Placed {
    std::int64_t id;
    std::string stage;
    const json::object* job;
  };
  std::vector<Placed> placed;
  for (const json::object* job : jobs)
    placed.push_back({integer_at(*job, "id").value_or(0), text_at(*job, "stage"), job});
  std::ranges::sort(placed, {}, &Placed::id);
  std::vector<std::string> order;
  const auto add_stage = [&](std::string stage) {
    if (std::ranges::find(order, stage) == order.end()) order.push_back(std::move(stage));
  };
  for (std::size_t i = 0; stages != nullptr && i < stages->size(); ++i) {
    if ((*stages)[i].is_string()) add_stage(std::string((*stages)[i].get_string()));
  }
  for (const Placed& one : placed)
    add_stage(one.stage);
  std::map<std::string, std::int64_t> latest;
  for (const Placed& one : placed)
    latest[text_at(*one.job, "name")] = one.id;
  std::vector<hook::Job> steps;
  for (const std::string& stage : order) {
    for (const Placed& one : placed) {
      if (one.stage != stage || latest[text_at(*one.job, "name")] != one.id) continue;
      if (auto step = job_of(*one.job, project, has_logs, notes)) steps.push_back(std::move(*step));
    }
  }
  return steps;
}

Result<hook::JobOfRun> hooked_job_of(const json::object& body, const Project& project, bool has_logs,
                                     std::vector<std::string>& notes) {
  const auto pipeline = hook::need_integer(body, "pipeline_id");
  if (!pipeline) return failed(pipeline.error());
  auto job = named_job_of(body, {"build_"}, project, has_logs, notes);
  if (!job) return failed(job.error());
  hook::JobOfRun made;
  made.run = pipeline_id(*pipeline);
  made.job = *job;
  const std::int64_t retries =
      std::clamp<std::int64_t>(integer_at(body, "retries_count").value_or(0), 0, 1'000'000);
  made.alone = alone_of(std::move(*job), *integer_at(body, "build_id"), retries + 1, project);
  hook::Run& alone = made.alone;
  alone.of_run = made.run;
  // `commit` is the pipeline: its id and its name are.
  alone.pipeline = text_at(body, "commit.name");
  alone.submitted = moment_at(body, "build_created_at");
  alone.revision = text_at(body, "sha");
  read_ref(alone, body, project);
  if (const json::object* commit = object_at(body, "commit")) read_commit(alone, *commit);
  alone.commit.revision = alone.revision;
  alone.owner = text_at(body, "user.username");
  read_runner_tags(alone, body);
  alone.properties.emplace_back("gitlab_pipeline_id", *pipeline);
  if (const auto id = integer_at(body, "project_id")) alone.properties.emplace_back("gitlab_project_id", *id);
  if (const std::string stage = text_at(body, "build_stage"); !stage.empty())
    alone.properties.emplace_back("gitlab_stage", json::value(stage));
  return made;
}

std::vector<hook::Run> jobs_alone(const hook::Run& pipeline, const std::vector<const json::object*>& jobs,
                                  const Project& project, bool has_logs, std::vector<std::string>& notes) {
  std::vector<const json::object*> in_order = jobs;
  std::ranges::sort(in_order, {}, [](const json::object* job) { return integer_at(*job, "id").value_or(0); });
  std::map<std::string, std::int64_t> tries;
  std::vector<hook::Run> all;
  for (const json::object* object : in_order) {
    auto job = job_of(*object, project, has_logs, notes);
    if (!job) continue;
    const std::int64_t attempt = ++tries[job->name];
    hook::Run alone = alone_of(std::move(*job), *integer_at(*object, "id"), attempt, project);
    alone.of_run = pipeline.id;
    alone.pipeline = pipeline.pipeline;
    alone.submitted = moment_at(*object, "created_at");
    alone.revision = pipeline.revision;
    read_ref(alone, *object, project);
    if (const json::object* commit = object_at(*object, "commit")) read_commit(alone, *commit);
    alone.commit.revision = alone.revision;
    alone.owner = text_at(*object, "user.username");
    read_runner_tags(alone, *object);
    for (const auto& property : pipeline.properties)
      alone.properties.push_back(property);
    if (const std::string stage = text_at(*object, "stage"); !stage.empty())
      alone.properties.emplace_back("gitlab_stage", json::value(stage));
    all.push_back(std::move(alone));
  }
  return all;
}

std::optional<hook::Tests> tests_of(const json::object& report) {
  hook::Tests tests;
  tests.total = integer_at(report, "total_count").value_or(0);
  if (tests.total <= 0) return std::nullopt;
  tests.passed = integer_at(report, "success_count").value_or(0);
  tests.failed =
      integer_at(report, "failed_count").value_or(0) + integer_at(report, "error_count").value_or(0);
  tests.skipped = integer_at(report, "skipped_count").value_or(0);
  constexpr std::size_t most = 50;
  for (const json::object* suite : objects_at(report, "test_suites")) {
    for (const json::object* one : objects_at(*suite, "test_cases")) {
      const std::string status = text_at(*one, "status");
      if ((status != "failed" && status != "error") || tests.failed_names.size() >= most) continue;
      const std::string group = text_at(*one, "classname");
      tests.failed_names.push_back((group.empty() ? "" : group + ".") + text_at(*one, "name"));
    }
  }
  return tests;
}

}  // namespace carillon::source::gitlab
