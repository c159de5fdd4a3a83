#include "source/gitea/gitea_run.hpp"

#include "base/text.hpp"
#include "source/hook/actions.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::gitea {
namespace {

using hook::moment_at;
using hook::Phase;

constexpr std::string_view branches = "refs/heads/";
constexpr std::string_view tags = "refs/tags/";
constexpr std::string_view pulls = "refs/pull/";

// 7, of "refs/pull/7/head".
std::optional<std::int64_t> pull_of_ref(std::string_view ref) {
  if (!ref.starts_with(pulls)) return std::nullopt;
  ref.remove_prefix(pulls.size());
  const std::string_view number = ref.substr(0, ref.find('/'));
  if (!is_digits(number) || number.size() > 15) return std::nullopt;
  return std::stoll(std::string(number));
}

void set_pull_request(hook::Run& run, std::int64_t number, const std::string& page) {
  run.pull_request = number;
  run.branch = std::string(pulls) + std::to_string(number) + "/head";
  if (!page.empty()) run.pull_request_url = page + "/pulls/" + std::to_string(number);
}

// What the run is of stands behind its file: "ci.yml@refs/pull/7/head"; head_branch is empty of what is no
// branch.
void read_ref(hook::Run& run, const json::object& object, const json::object& repository) {
  const std::string path = text_at(object, "path");
  const auto at = path.find('@');
  const std::string ref = at == std::string::npos ? "" : path.substr(at + 1);
  const json::object* pull_request = hook::actions::own_pull_request(object, integer_at(repository, "id"));
  if (const auto number = pull_of_ref(ref)) {
    set_pull_request(run, *number, text_at(repository, "html_url"));
    const auto head = pull_request == nullptr ? std::nullopt : integer_at(*pull_request, "head.repo.id");
    // Where nothing is said of the head it may be anybody's.
    if (head) run.from_fork = head != integer_at(repository, "id");
    if (pull_request != nullptr) {
      run.base_branch = text_at(*pull_request, "base.ref");
      run.head_branch = text_at(*pull_request, "head.ref");
    }
  } else if (ref.starts_with(tags)) {
    run.branch = ref;
  } else if (run.pull_request) {
    set_pull_request(run, *run.pull_request, text_at(repository, "html_url"));
  } else if (ref.starts_with(branches) && run.branch.empty()) {
    run.branch = ref.substr(branches.size());
  }
}

}  // namespace

Result<hook::Run> run_of(const json::object& run, const json::object* repository,
                         const json::object* workflow, std::string_view ci, std::vector<std::string>& notes) {
  auto made = hook::actions::run_of(run, repository, workflow, ci, notes);
  if (!made) return made;
  if (repository == nullptr) repository = object_at(run, "repository");
  // Without a name of its own a workflow is called as its file.
  if (made->pipeline.ends_with(".yml") || made->pipeline.ends_with(".yaml"))
    made->pipeline = hook::actions::file_name(made->pipeline);
  made->url = text_at(run, "html_url");
  made->started = moment_at(run, "started_at");
  if (!made->started) made->started = made->submitted;
  made->ended = moment_at(run, "completed_at");
  made->owner = hook::first_text(run, {"trigger_actor.login", "triggering_actor.login", "actor.login"});
  read_ref(*made, run, *repository);
  if (integer_at(run, "run_attempt").value_or(0) > 0) return made;
  made->id = "run-" + std::to_string(*made->numeric_id);
  if (made->state.phase == Phase::ended && made->ended) made->occurrence = std::to_string(*made->ended);
  const std::string attempt = std::string(ci) + "_run_attempt";
  std::erase_if(made->properties, [&](const auto& property) { return property.first == attempt; });
  return made;
}

Result<hook::JobOfRun> job_of(const json::object& job, const json::object* repository, std::string_view ci,
                              std::vector<std::string>& notes) {
  auto made = hook::actions::job_of(job, repository, ci, notes);
  if (!made) return made;
  // Where attempts are not counted it keeps its id when it is run again.
  if (made->alone.state.phase == Phase::ended && made->alone.ended)
    made->alone.occurrence = std::to_string(*made->alone.ended);
  return made;
}

Result<hook::Run> status_of(const json::object& body, std::vector<std::string>& notes) {
  auto made = hook::actions::status_of(body, notes);
  if (!made) return made;
  if (const json::object* commit = object_at(body, "commit")) hook::actions::read_commit(*made, *commit);
  made->commit.revision = made->revision;
  return made;
}

Result<hook::Run> forgejo_run_of(const json::object& run, const std::string& project, std::string_view ci,
                                 std::vector<std::string>& notes) {
  const auto id = hook::need_integer(run, "id");
  const auto number = hook::need_integer(run, "index_in_repo");
  const auto status = hook::need_text(run, "status");
  if (!id) return failed(id.error());
  if (!number) return failed(number.error());
  if (!status) return failed(status.error());
  hook::Run made;
  if (const json::object* repository = object_at(run, "repository"))
    hook::actions::read_repository(made, *repository);
  if (made.project.empty()) made.project = project;
  if (made.project.empty()) return failed(hook::need_text(run, "repository.full_name").error());
  const auto state = hook::state_of(*status);
  if (!state) notes.push_back("run: unknown result '" + *status + "'");
  made.state = state.value_or(hook::State{Phase::ended, Results::exception});
  const json::value* held = run.if_contains("need_approval");
  if (held != nullptr && held->is_bool() && held->get_bool() && made.state.phase != Phase::ended)
    made.state.phase = Phase::waits;
  made.id = "run-" + std::to_string(*id);
  made.number = *number;
  made.numeric_id = *id;
  made.pipeline = hook::actions::file_name(text_at(run, "workflow_id"));
  made.submitted = moment_at(run, "created");
  made.started = moment_at(run, "started");
  if (!made.started) made.started = made.submitted;
  made.ended = moment_at(run, "stopped");
  if (made.state.phase == Phase::ended && made.ended) made.occurrence = std::to_string(*made.ended);
  made.url = text_at(run, "html_url");
  made.revision = text_at(run, "commit_sha");
  made.event = hook::first_text(run, {"trigger_event", "event"});
  made.owner = text_at(run, "trigger_user.login");
  made.reason = text_at(run, "title");
  const json::value* fork = run.if_contains("is_fork_pull_request");
  made.from_fork = fork != nullptr && fork->is_bool() && fork->get_bool();
  const std::string ref = text_at(run, "prettyref");
  const bool of_pull_request = made.from_fork || made.event.starts_with("pull_request");
  const std::string_view pull = ref.starts_with('#') ? std::string_view(ref).substr(1) : std::string_view();
  if (of_pull_request && is_digits(pull) && pull.size() < 16) {
    set_pull_request(made, std::stoll(std::string(pull)), text_at(run, "repository.html_url"));
  } else {
    made.branch = of_pull_request ? "unknown:" + ref : ref;
  }
  made.properties.emplace_back(std::string(ci) + "_run_id", *id);
  made.properties.emplace_back(std::string(ci) + "_workflow_id", text_at(run, "workflow_id"));
  return made;
}

bool is_forgejo_run(const json::object& run) {
  return run.contains("index_in_repo");
}

}  // namespace carillon::source::gitea
