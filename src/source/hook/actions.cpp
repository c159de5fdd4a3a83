#include "source/hook/actions.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::hook::actions {
namespace {

bool of_pull_request(std::string_view event) {
  return event.starts_with("pull_request");
}

std::string failed_steps(const json::object& job) {
  std::vector<std::string> names;
  for (const json::object* step : objects_at(job, "steps")) {
    if (text_at(*step, "conclusion") != "failure") continue;
    names.push_back(text_at(*step, "name"));
  }
  return names.empty() ? "" : "failed: " + joined(names, ", ");
}

std::vector<Job> steps_of(const json::object& job, std::vector<std::string>& notes) {
  std::vector<Job> steps;
  for (const json::object* step : objects_at(job, "steps")) {
    Job one;
    one.name = text_at(*step, "name");
    one.state = state_of_both(*step, "workflow_job.steps", notes);
    one.started = moment_at(*step, "started_at");
    one.ended = moment_at(*step, "completed_at");
    steps.push_back(std::move(one));
  }
  return steps;
}

bool is_bad(const State& state) {
  return state.phase == Phase::ended &&
         (state.results == Results::failure || state.results == Results::exception);
}

}  // namespace

State state_of_both(const json::object& object, std::string_view path, std::vector<std::string>& notes) {
  const std::string status = text_at(object, "status");
  if (status != "completed") {
    const auto state = state_of(status);
    return state && state->phase == Phase::runs ? *state : State{Phase::waits};
  }
  const std::string conclusion = text_at(object, "conclusion");
  const auto state = state_of(conclusion);
  if (!state) {
    notes.push_back(std::string(path) + ": unknown result '" + conclusion + "'");
    return {Phase::ended, Results::exception};
  }
  // "action_required": somebody has to approve it before it goes on.
  return *state;
}

const json::object* own_pull_request(const json::object& object, std::optional<std::int64_t> repository) {
  for (const json::object* one : objects_at(object, "pull_requests")) {
    if (!integer_at(*one, "number")) continue;
    if (repository && integer_at(*one, "base.repo.id") == repository) return one;
  }
  return nullptr;
}

void read_repository(Run& run, const json::object& repository) {
  run.project = text_at(repository, "full_name");
  run.repository = text_at(repository, "clone_url");
  if (const std::string page = text_at(repository, "html_url"); run.repository.empty() && !page.empty())
    run.repository = page + ".git";
}

void read_commit(Run& run, const json::object& commit) {
  run.commit.revision = first_text(commit, {"id", "sha"});
  run.commit.author = text_at(commit, "author.name");
  run.commit.mail = text_at(commit, "author.email");
  run.commit.message = text_at(commit, "message");
  run.commit.when = moment_at(commit, "timestamp");
}

void read_branch(Run& run, const json::object& object, const json::object& repository,
                 const std::string& head_branch, const std::string& head_repository, bool is_pull_request) {
  run.head_branch = head_branch;
  run.head_repository = head_repository;
  run.from_fork = is_pull_request ? head_repository != run.project
                                  : !head_repository.empty() && head_repository != run.project;
  const json::object* pull_request = own_pull_request(object, integer_at(repository, "id"));
  if (is_pull_request && pull_request != nullptr) {
    run.pull_request = integer_at(*pull_request, "number");
    run.pull_request_url = text_at(repository, "html_url") + "/pull/" + std::to_string(*run.pull_request);
    run.base_branch = text_at(*pull_request, "base.ref");
    run.branch = "refs/pull/" + std::to_string(*run.pull_request) + "/head";
  } else if (is_pull_request || run.from_fork) {
    const std::string owner = head_repository.substr(0, head_repository.find('/'));
    run.branch = (owner.empty() ? "unknown" : owner) + ":" + head_branch;
  } else {
    run.branch = head_branch;
  }
}

std::string file_name(std::string_view path) {
  path = path.substr(0, path.find('@'));
  const auto slash = path.rfind('/');
  std::string name(slash == std::string_view::npos ? path : path.substr(slash + 1));
  for (const std::string_view end : {".yml", ".yaml"}) {
    if (name.ends_with(end)) name.resize(name.size() - end.size());
  }
  return name;
}

std::string run_id(std::int64_t id, std::int64_t attempt) {
  return "run-" + std::to_string(id) + "." + std::to_string(attempt);
}

Result<Run> run_of(const json::object& run, const json::object* repository, const json::object* workflow,
                   std::string_view ci, std::vector<std::string>& notes) {
  const auto id = need_integer(run, "id");
  const auto number = need_integer(run, "run_number");
  if (!id) return failed(id.error());
  if (!number) return failed(number.error());
  if (repository == nullptr) {
    const auto own = need_object(run, "repository");
    if (!own) return failed(own.error());
    repository = *own;
  }
  if (const auto name = need_text(*repository, "full_name"); !name) return failed(name.error());
  Run made;
  const std::string prefix = std::string(ci) + "_";
  made.state = state_of_both(run, "workflow_run", notes);
  made.attempt = std::max<std::int64_t>(integer_at(run, "run_attempt").value_or(1), 1);
  made.id = run_id(*id, made.attempt);
  made.number = *number;
  made.numeric_id = *id;
  read_repository(made, *repository);
  if (workflow != nullptr) made.pipeline = text_at(*workflow, "name");
  if (made.pipeline.empty()) made.pipeline = text_at(run, "name");
  if (made.pipeline.empty()) made.pipeline = file_name(text_at(run, "path"));
  made.submitted = moment_at(run, "created_at");
  made.started = moment_at(run, "run_started_at");
  if (!made.started) made.started = made.submitted;
  made.ended = moment_at(run, "updated_at");
  made.url = text_at(run, "html_url");
  if (made.attempt > 1 && !made.url.empty()) made.url += "/attempts/" + std::to_string(made.attempt);
  made.revision = text_at(run, "head_sha");
  made.event = text_at(run, "event");
  read_branch(made, run, *repository, text_at(run, "head_branch"), text_at(run, "head_repository.full_name"),
              of_pull_request(made.event));
  if (made.event == "release" && !made.branch.empty()) made.branch = "refs/tags/" + made.branch;
  if (const json::object* commit = object_at(run, "head_commit")) read_commit(made, *commit);
  made.owner = first_text(run, {"triggering_actor.login", "actor.login"});
  made.reason = text_at(run, "display_title");
  made.properties.emplace_back(prefix + "run_id", *id);
  made.properties.emplace_back(prefix + "run_attempt", made.attempt);
  if (const auto of = integer_at(run, "workflow_id"))
    made.properties.emplace_back(prefix + "workflow_id", *of);
  if (const std::string path = text_at(run, "path"); !path.empty())
    made.properties.emplace_back(prefix + "workflow_path", json::value(path));
  return made;
}

Result<JobOfRun> job_of(const json::object& job, const json::object* repository, std::string_view ci,
                        std::vector<std::string>& notes) {
  const auto id = need_integer(job, "id");
  const auto run = need_integer(job, "run_id");
  if (!id) return failed(id.error());
  if (!run) return failed(run.error());
  JobOfRun made;
  const std::string prefix = std::string(ci) + "_";
  const std::int64_t attempt = std::max<std::int64_t>(integer_at(job, "run_attempt").value_or(1), 1);
  made.run = run_id(*run, attempt);
  Job& part = made.job;
  part.id = std::to_string(*id);
  part.name = text_at(job, "name");
  part.state = state_of_both(job, "workflow_job", notes);
  part.said = failed_steps(job);
  part.started = moment_at(job, "started_at");
  part.ended = moment_at(job, "completed_at");
  part.url = text_at(job, "html_url");
  part.worker = text_at(job, "runner_name");
  part.has_log = is_bad(part.state);
  Run& alone = made.alone;
  alone.state = part.state;
  alone.id = "job-" + part.id;
  alone.of_run = made.run;
  alone.number = *run;
  alone.attempt = attempt;
  alone.numeric_id = *id;
  if (repository != nullptr) read_repository(alone, *repository);
  alone.pipeline = text_at(job, "workflow_name");
  alone.job = part.name;
  alone.said = part.said;
  alone.submitted = moment_at(job, "created_at");
  alone.started = part.started;
  alone.ended = part.ended;
  alone.url = part.url;
  alone.revision = text_at(job, "head_sha");
  alone.branch = text_at(job, "head_branch");
  alone.branch_unsure = true;
  alone.worker = part.worker;
  if (const json::array* labels = array_at(job, "labels")) {
    for (const json::value& label : *labels) {
      if (label.is_string()) alone.tags.emplace_back(label.get_string());
    }
  }
  alone.jobs = steps_of(job, notes);
  alone.properties.emplace_back(prefix + "run_id", *run);
  alone.properties.emplace_back(prefix + "job_id", *id);
  return made;
}

Result<Run> status_of(const json::object& body, std::vector<std::string>& notes) {
  const auto id = need_integer(body, "id");
  const auto state = need_text(body, "state");
  const auto context = need_text(body, "context");
  const auto repository = need_object(body, "repository");
  if (!id) return failed(id.error());
  if (!state) return failed(state.error());
  if (!context) return failed(context.error());
  if (!repository) return failed(repository.error());
  Run made;
  const auto known = state_of(*state);
  if (!known) notes.push_back("unknown result '" + *state + "'");
  made.state = known.value_or(State{Phase::ended, Results::exception});
  made.id = "status-" + std::to_string(*id);
  made.number = *id;
  made.numeric_id = *id;
  read_repository(made, **repository);
  made.pipeline = *context;
  made.said = text_at(body, "description");
  made.ended = moment_at(body, "created_at");
  made.url = first_text(body, {"target_url", "commit.html_url"});
  made.revision = text_at(body, "sha");
  for (const json::object* branch : objects_at(body, "branches")) {
    if (made.branch.empty() && text_at(*branch, "commit.sha") == made.revision)
      made.branch = text_at(*branch, "name");
  }
  // A commit that is on no branch of ours is a fork's, as far as one can tell.
  made.from_fork = made.branch.empty();
  if (const json::object* commit = object_at(body, "commit.commit")) read_commit(made, *commit);
  made.commit.revision = made.revision;
  made.event = "status";
  made.owner = text_at(body, "sender.login");
  return made;
}

}  // namespace carillon::source::hook::actions
