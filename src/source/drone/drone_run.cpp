#include "source/drone/drone_run.hpp"

#include "base/text.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::drone {
namespace {

using hook::Phase;

hook::State state_of_word(const std::string& word, std::vector<std::string>& notes) {
  const auto known = hook::state_of(word);
  if (!known) notes.push_back("unknown result '" + word + "'");
  return known.value_or(hook::State{Phase::ended, Results::exception});
}

std::vector<hook::Job> stages_of(const json::object& build, std::vector<std::string>& notes) {
  std::vector<hook::Job> jobs;
  for (const json::object* stage : objects_at(build, "stages")) {
    hook::Job job;
    job.name = text_at(*stage, "name");
    job.state = state_of_word(text_at(*stage, "status"), notes);
    job.said = text_at(*stage, "error");
    job.started = hook::moment_at(*stage, "started");
    job.ended = hook::moment_at(*stage, "stopped");
    job.worker = text_at(*stage, "machine");
    const json::value* tolerated = stage->if_contains("errignore");
    if (job.state.results == Results::failure && tolerated != nullptr && tolerated->is_bool() &&
        tolerated->get_bool())
      job.state.results = Results::warnings;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

void read_branch(hook::Run& run, const json::object& build) {
  constexpr std::string_view of_pull_request = "refs/pull/";
  constexpr std::string_view of_merge_request = "refs/merge-requests/";
  constexpr std::string_view of_branch = "refs/heads/";
  constexpr std::size_t most_digits = 12;
  const std::string ref = text_at(build, "ref");
  run.head_repository = text_at(build, "source_repo");
  run.from_fork = !run.head_repository.empty() && run.head_repository != run.project;
  run.branch = ref.starts_with("refs/tags/") ? ref : text_at(build, "target");
  if (run.branch.empty() && ref.starts_with(of_branch)) run.branch = ref.substr(of_branch.size());
  for (const std::string_view prefix : {of_pull_request, of_merge_request}) {
    if (!ref.starts_with(prefix)) continue;
    const std::string number = ref.substr(prefix.size(), ref.find('/', prefix.size()) - prefix.size());
    if (is_digits(number) && number.size() <= most_digits) run.pull_request = std::stoll(number);
    run.branch = std::string(prefix) + number + "/head";
  }
  const bool is_pull_request = run.pull_request || run.event == "pull_request";
  if (!is_pull_request && !run.from_fork) return;
  run.head_branch = text_at(build, "source");
  run.base_branch = text_at(build, "target");
  if (run.pull_request) {
    run.pull_request_url = text_at(build, "link");
  } else {
    const std::string owner = run.head_repository.substr(0, run.head_repository.find('/'));
    run.branch = (owner.empty() ? "unknown" : owner) + ":" + run.head_branch;
  }
}

}  // namespace

Result<hook::Run> run_of(const json::object& body, std::vector<std::string>& notes) {
  const auto build = hook::need_object(body, "build");
  if (!build) return failed(build.error());
  const auto id = hook::need_integer(body, "build.id");
  const auto number = hook::need_integer(body, "build.number");
  const auto status = hook::need_text(body, "build.status");
  const auto slug = hook::need_text(body, "repo.slug");
  if (!id) return failed(id.error());
  if (!number) return failed(number.error());
  if (!status) return failed(status.error());
  if (!slug) return failed(slug.error());
  hook::Run run;
  run.state = state_of_word(*status, notes);
  run.id = "build-" + std::to_string(*id);
  run.numeric_id = *id;
  run.number = *number;
  run.project = *slug;
  run.said = text_at(**build, "error");
  run.submitted = hook::moment_at(**build, "created");
  run.started = hook::moment_at(**build, "started");
  if (run.state.phase == Phase::ended) run.ended = hook::moment_at(**build, "finished");
  if (std::string link = text_at(body, "system.link"); !link.empty()) {
    if (!link.ends_with('/')) link += '/';
    run.url = link + *slug + "/" + std::to_string(*number);
  }
  run.repository = text_at(body, "repo.git_http_url");
  run.revision = text_at(**build, "after");
  run.event = text_at(**build, "event");
  read_branch(run, **build);
  run.commit.revision = run.revision;
  run.commit.author = hook::first_text(**build, {"author_name", "author_login"});
  run.commit.mail = text_at(**build, "author_email");
  run.commit.message = hook::first_text(**build, {"message", "title"});
  run.owner = hook::first_text(**build, {"sender", "author_login"});
  run.reason = text_at(**build, "title");
  if (const auto parent = integer_at(**build, "parent"); parent && *parent > 0)
    run.reason = "restarted from #" + std::to_string(*parent);
  run.jobs = stages_of(**build, notes);
  run.properties.emplace_back("drone_build_id", *id);
  return run;
}

}  // namespace carillon::source::drone
