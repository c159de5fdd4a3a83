#include "source/buildkite/buildkite_run.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/url.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::buildkite {
namespace {

using hook::Phase;

bool flag_at(const json::object& object, std::string_view path) {
  const json::value* value = find(object, path);
  return value != nullptr && value->is_bool() && value->get_bool();
}

// There are states on the way that mean nothing to others.
hook::State state_of_object(const json::object& object, std::vector<std::string>& notes) {
  const std::string word = text_at(object, "state");
  const bool has_ended = hook::moment_at(object, "finished_at").has_value();
  if (const auto known = hook::state_of(word)) return *known;
  if (!has_ended)
    return {hook::moment_at(object, "started_at") ? Phase::runs : Phase::waits, Results::success};
  notes.push_back("unknown result '" + word + "'");
  return {Phase::ended, Results::exception};
}

// "acme/app", out of the address to clone from.
std::string repository_name(const std::string& https) {
  const auto url = Url::parse(https);
  if (!url) return {};
  std::string_view path = url->path;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with(".git")) path.remove_suffix(4);
  return std::string(path);
}

// {} where there is none; its id is a text or a number.
void read_pull_request(hook::Run& run, const json::object& build) {
  constexpr std::size_t most_digits = 12;
  std::string id = text_at(build, "pull_request.id");
  if (const auto number = integer_at(build, "pull_request.id")) id = std::to_string(*number);
  if (!is_digits(id) || id.size() > most_digits) return;
  run.pull_request = std::stoll(id);
  run.head_branch = run.branch;
  run.base_branch = text_at(build, "pull_request.base");
  const std::string from = https_of(text_at(build, "pull_request.repository"));
  run.head_repository = repository_name(from);
  run.from_fork = run.head_repository != repository_name(run.repository);
  const bool gitlab = run.repository.starts_with("https://gitlab.");
  run.branch = (gitlab ? "refs/merge-requests/" : "refs/pull/") + id + "/head";
  constexpr std::string_view github = "https://github.com/";
  if (run.repository.starts_with(github))
    run.pull_request_url = std::string(github) + repository_name(run.repository) + "/pull/" + id;
}

void read_people(hook::Run& run, const json::object& build) {
  const std::string of = object_at(build, "author") != nullptr ? "author." : "creator.";
  run.commit.author = text_at(build, of + "name");
  run.commit.mail = text_at(build, of + "email");
  run.commit.message = text_at(build, "message");
  run.commit.revision = run.revision;
  run.owner = hook::first_text(build, {"creator.name", "author.username"});
}

void read_kept(hook::Run& run, const json::object& build, const std::vector<std::string>& keep) {
  for (const std::string& name : keep) {
    for (const char* place : {"meta_data", "env"}) {
      const json::object* all = object_at(build, place);
      const json::value* value = all == nullptr ? nullptr : all->if_contains(name);
      if (value == nullptr || !value->is_string()) continue;
      run.properties.emplace_back(name, *value);
      break;
    }
  }
}

}  // namespace

std::string https_of(std::string_view repository) {
  constexpr std::string_view https = "https://";
  if (const auto url = Url::parse(repository)) {
    if (url->is_http() && url->login.empty()) return std::string(repository);
    if (url->scheme == "ssh" || url->is_http())
      return std::string(https) + std::string(url->host) + std::string(url->path);
    if (url->scheme == "git" || url->scheme == "git+ssh")
      return std::string(https) + std::string(url->host) + std::string(url->path);
    return {};
  }
  const auto at = repository.find('@');
  const auto colon = repository.find(':', at == std::string_view::npos ? 0 : at);
  if (at == std::string_view::npos || colon == std::string_view::npos || colon + 1 == repository.size())
    return {};
  std::string made = std::string(https) + std::string(repository.substr(at + 1, colon - at - 1));
  return made + (repository[colon + 1] == '/' ? "" : "/") + std::string(repository.substr(colon + 1));
}

Result<hook::Run> run_of(const json::object& build, const json::object& pipeline,
                         const std::vector<std::string>& keep, std::vector<std::string>& notes) {
  const auto id = hook::need_text(build, "id");
  const auto number = hook::need_integer(build, "number");
  const auto slug = hook::need_text(pipeline, "slug");
  if (!id) return rejected("build." + id.error().what);
  if (!number) return rejected("build." + number.error().what);
  if (!slug) return rejected("pipeline." + slug.error().what);
  hook::Run run;
  run.state = state_of_object(build, notes);
  // It waits for somebody who lets it go on.
  if (flag_at(build, "blocked") && run.state.phase == Phase::ended)
    run.state = {Phase::waits, Results::success};
  run.id = "build-" + hook::key_part(*id);
  run.number = *number;
  run.project = *slug;
  run.submitted = hook::moment_at(build, "created_at");
  run.started = hook::moment_at(build, "started_at");
  if (run.state.phase == Phase::ended) {
    run.ended = hook::moment_at(build, "finished_at");
    if (run.ended) run.occurrence = std::to_string(*run.ended);
  }
  run.url = text_at(build, "web_url");
  run.repository = https_of(text_at(pipeline, "repository"));
  if (const std::string commit = text_at(build, "commit"); commit != "HEAD") run.revision = commit;
  run.branch = text_at(build, "branch");
  if (const std::string tag = text_at(build, "tag"); !tag.empty()) run.branch = "refs/tags/" + tag;
  read_pull_request(run, build);
  read_people(run, build);
  run.event = text_at(build, "source");
  run.said = text_at(build, "cancel_reason");
  run.reason = run.commit.message.substr(0, run.commit.message.find('\n'));
  if (const auto before = integer_at(build, "rebuilt_from.number"))
    run.reason = "rebuilt from #" + std::to_string(*before);
  read_kept(run, build, keep);
  run.properties.emplace_back("buildkite_build_id", json::value(*id));
  return run;
}

Result<std::optional<hook::Job>> job_of(const json::object& job, std::vector<std::string>& notes) {
  if (text_at(job, "type") != "script" || flag_at(job, "retried")) return std::nullopt;
  const auto id = hook::need_text(job, "id");
  if (!id) return rejected("job." + id.error().what);
  hook::Job made;
  made.id = hook::key_part(*id);
  made.name = hook::first_text(job, {"name", "step_key", "command", "id"});
  made.state = state_of_object(job, notes);
  const bool bad = made.state.phase == Phase::ended && made.state.results == Results::failure;
  if (bad && flag_at(job, "soft_failed")) made.state.results = Results::warnings;
  if (const auto status = integer_at(job, "exit_status"); bad && status)
    made.said = "exit status " + std::to_string(*status);
  made.started = hook::moment_at(job, "started_at");
  made.ended = hook::moment_at(job, "finished_at");
  made.url = text_at(job, "web_url");
  made.worker = text_at(job, "agent.name");
  if (const std::string before = text_at(job, "retry_source.job_id"); !before.empty())
    made.instead_of = hook::key_part(before);
  return std::optional(std::move(made));
}

hook::Run alone_of(const hook::Job& job, hook::Run of) {
  of.of_run = of.id;
  of.id = "job-" + job.id;
  of.occurrence.clear();
  // Each try is a job of its own.
  of.tries_of = of.of_run + "." + hook::key_part(job.name);
  of.job = job.name;
  of.state = job.state;
  of.said = job.said;
  of.started = job.started;
  of.ended = job.ended;
  if (job.state.phase == Phase::ended && job.ended) of.occurrence = std::to_string(*job.ended);
  of.url = job.url;
  of.worker = job.worker;
  return of;
}

}  // namespace carillon::source::buildkite
