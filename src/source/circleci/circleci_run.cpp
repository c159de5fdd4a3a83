#include "source/circleci/circleci_run.hpp"

#include "base/text.hpp"
#include "source/circleci/settings.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::circleci {
namespace {

using hook::Phase;

constexpr std::string_view id_prefix = "workflow-";

hook::State state_of_word(const std::string& word, std::vector<std::string>& notes) {
  const auto known = hook::state_of(word);
  if (!known) notes.push_back("unknown result '" + word + "'");
  return known.value_or(hook::State{Phase::ended, Results::exception});
}

// "https://github.com/eve/app" is "eve/app".
std::string path_of(std::string_view address) {
  const auto scheme = address.find("://");
  if (scheme == std::string_view::npos) return {};
  address.remove_prefix(scheme + 3);
  const auto slash = address.find('/');
  std::string path(slash == std::string_view::npos ? "" : address.substr(slash + 1));
  if (path.ends_with(".git")) path.resize(path.size() - 4);
  return path;
}

// Forks are built on branches like "pull/7".
void read_pull_request(hook::Run& run) {
  constexpr std::string_view of_fork = "pull/";
  constexpr std::size_t most_digits = 12;
  const std::string_view branch = run.head_branch;
  const std::string_view number = branch.substr(std::min(of_fork.size(), branch.size()));
  if (branch.starts_with(of_fork) && is_digits(number) && number.size() <= most_digits) {
    run.pull_request = std::stoll(std::string(number));
    run.branch = "refs/pull/" + std::string(number) + "/head";
    run.from_fork = true;
  } else if (run.from_fork) {
    run.branch = run.head_repository.substr(0, run.head_repository.find('/')) + ":" + run.head_branch;
  }
}

// Of GitHub by OAuth, and of Bitbucket Cloud.
void read_vcs(hook::Run& run, const json::object& vcs) {
  run.repository = text_at(vcs, "target_repository_url");
  const std::string origin = text_at(vcs, "origin_repository_url");
  run.head_repository = path_of(origin);
  run.from_fork = !origin.empty() && !run.repository.empty() && origin != run.repository;
  run.revision = text_at(vcs, "revision");
  run.head_branch = text_at(vcs, "branch");
  run.branch = run.head_branch;
  if (const std::string tag = text_at(vcs, "tag"); !tag.empty()) run.branch = "refs/tags/" + tag;
  run.pull_request_url = text_at(vcs, "review_url");
  run.commit.revision = run.revision;
  run.commit.author = text_at(vcs, "commit.author.name");
  run.commit.mail = text_at(vcs, "commit.author.email");
  run.commit.message = text_at(vcs, "commit.subject");
  if (const std::string body = text_at(vcs, "commit.body"); !body.empty())
    run.commit.message += (run.commit.message.empty() ? "" : "\n\n") + body;
  run.commit.when = hook::moment_at(vcs, "commit.authored_at");
}

// Of all others: what set it off says where the code is. "gitlab" is what it is called for any of them.
void read_trigger(hook::Run& run, const json::object& parameters) {
  run.revision = hook::first_text(
      parameters, {"git.checkout_sha", "gitlab.checkout_sha", "gitlab.commit_sha", "github_app.commit_sha"});
  run.head_branch = hook::first_text(parameters, {"git.branch", "gitlab.branch", "github_app.branch"});
  run.branch = run.head_branch;
  if (const std::string tag = text_at(parameters, "git.tag"); !tag.empty()) run.branch = "refs/tags/" + tag;
  run.repository = hook::first_text(parameters, {"git.checkout_url", "gitlab.repo_url", "git.repo_url"});
  if (!run.repository.starts_with("http")) run.repository = text_at(parameters, "gitlab.web_url");
  run.owner = hook::first_text(parameters, {"gitlab.user_username", "github_app.user_username"});
  run.commit.revision = run.revision;
  run.commit.author = hook::first_text(parameters, {"gitlab.commit_author_name", "git.commit_author_name"});
  run.commit.mail = hook::first_text(parameters, {"gitlab.commit_author_email", "git.commit_author_email"});
  run.commit.message = hook::first_text(parameters, {"gitlab.commit_message", "gitlab.commit_title",
                                                     "git.commit_message", "github_app.commit_message"});
  run.commit.when = hook::moment_at(parameters, "gitlab.commit_timestamp");
}

}  // namespace

std::string run_id(std::string_view workflow) {
  return std::string(id_prefix) + hook::key_part(workflow);
}

std::string workflow_of(std::string_view run_id) {
  if (!run_id.starts_with(id_prefix)) return {};
  const std::string workflow(run_id.substr(id_prefix.size()));
  return hook::key_part(workflow) == workflow && workflow.find_first_not_of('.') != std::string::npos
             ? workflow
             : "";
}

Result<hook::Run> run_of(const json::object& workflow, const json::object& pipeline, const std::string& slug,
                         const std::string& web, std::vector<std::string>& notes) {
  const auto id = hook::need_text(workflow, "id");
  const auto name = hook::need_text(workflow, "name");
  const auto number = hook::need_integer(pipeline, "number");
  if (!id) return rejected("workflow." + id.error().what);
  if (!name) return rejected("workflow." + name.error().what);
  if (!number) return rejected("pipeline." + number.error().what);
  hook::Run run;
  run.state = state_of_word(text_at(workflow, "status"), notes);
  run.id = run_id(*id);
  run.number = *number;
  run.project = slug;
  run.pipeline = *name;
  run.submitted = hook::moment_at(pipeline, "created_at");
  run.started = hook::moment_at(workflow, "created_at");
  run.ended = hook::moment_at(workflow, "stopped_at");
  const std::string of = text_at(pipeline, "id");
  run.tries_of =
      hook::key_part(of.empty() ? slug + std::to_string(*number) : of) + "." + hook::key_part(*name);
  if (run.started) run.occurrence = std::to_string(*run.started);
  run.url = text_at(workflow, "url");
  if (run.url.empty())
    run.url = web + "pipelines/" + slug + "/" + std::to_string(*number) + "/workflows/" + hook::key_part(*id);
  if (const json::object* vcs = object_at(pipeline, "vcs")) {
    read_vcs(run, *vcs);
  } else if (const json::object* parameters = object_at(pipeline, "trigger_parameters")) {
    read_trigger(run, *parameters);
  }
  read_pull_request(run);
  run.event = text_at(pipeline, "trigger.type");
  if (const std::string login = text_at(pipeline, "trigger.actor.login"); !login.empty()) run.owner = login;
  run.reason = run.commit.message.substr(0, run.commit.message.find('\n'));
  run.properties.emplace_back("circleci_workflow_id", json::value(*id));
  if (!of.empty()) run.properties.emplace_back("circleci_pipeline_id", json::value(of));
  return run;
}

Result<hook::Job> job_of(const json::object& job, const hook::Run& run, std::vector<std::string>& notes) {
  const auto id = hook::need_text(job, "id");
  const auto name = hook::need_text(job, "name");
  if (!id) return rejected("job." + id.error().what);
  if (!name) return rejected("job." + name.error().what);
  hook::Job made;
  made.id = hook::key_part(*id);
  made.name = *name;
  made.state = state_of_word(text_at(job, "status"), notes);
  made.started = hook::moment_at(job, "started_at");
  made.ended = hook::moment_at(job, "stopped_at");
  auto number = integer_at(job, "number");
  if (!number) number = integer_at(job, "job_number");
  if (number && !run.url.empty()) made.url = run.url + "/jobs/" + std::to_string(*number);
  return made;
}

hook::Run alone_of(const hook::Job& job, hook::Run of) {
  of.of_run = of.id;
  of.id = "job-" + job.id;
  of.tries_of += "." + hook::key_part(job.name);
  of.job = job.name;
  of.state = job.state;
  of.started = job.started;
  of.ended = job.ended;
  of.url = job.url;
  return of;
}

}  // namespace carillon::source::circleci
