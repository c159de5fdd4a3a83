#include "source/travis/travis_run.hpp"

#include "base/text.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::travis {
namespace {

using hook::Phase;

constexpr std::size_t most_digits = 15;

// "finished" says nothing of how; 0 is good.
hook::State state_of_object(const json::object& object, std::vector<std::string>& notes) {
  const std::string word = hook::first_text(object, {"state", "status_message", "result_message"});
  if (word == "finished") {
    auto result = integer_at(object, "result");
    if (!result) result = integer_at(object, "status");
    if (result) return {Phase::ended, *result == 0 ? Results::success : Results::failure};
  }
  const auto known = hook::state_of(word);
  if (!known) notes.push_back("unknown result '" + word + "'");
  return known.value_or(hook::State{Phase::ended, Results::exception});
}

std::vector<hook::Job> jobs_of(const json::object& payload, const std::string& page,
                               std::vector<std::string>& notes) {
  std::vector<hook::Job> jobs;
  for (const json::object* one : objects_at(payload, "matrix")) {
    hook::Job job;
    const auto id = integer_at(*one, "id");
    if (id) job.id = std::to_string(*id);
    job.name = text_at(*one, "number");
    job.state = state_of_object(*one, notes);
    const json::value* allowed = one->if_contains("allow_failure");
    if (job.state.phase == Phase::ended && job.state.results == Results::failure && allowed != nullptr &&
        allowed->is_bool() && allowed->get_bool())
      job.state.results = Results::warnings;
    job.started = hook::moment_at(*one, "started_at");
    job.ended = hook::moment_at(*one, "finished_at");
    if (id && !page.empty()) job.url = page + "/jobs/" + job.id;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

void read_branch(hook::Run& run, const json::object& payload) {
  run.branch = text_at(payload, "branch");
  if (const std::string tag = text_at(payload, "tag"); !tag.empty()) run.branch = "refs/tags/" + tag;
  if (run.event != "pull_request") return;
  run.base_branch = text_at(payload, "branch");
  run.pull_request = integer_at(payload, "pull_request_number");
  run.branch = run.pull_request ? "refs/pull/" + std::to_string(*run.pull_request) + "/head"
                                : "unknown:" + run.base_branch;
  if (const std::string head = text_at(payload, "head_commit"); !head.empty()) run.revision = head;
  // Whose it is is not said: it may be anybody's.
  run.from_fork = true;
  const std::string compared = text_at(payload, "compare_url");
  if (run.pull_request && compared.ends_with("/pull/" + std::to_string(*run.pull_request)))
    run.pull_request_url = compared;
}

// "https://github.com/acme/app.git", out of the page that compares.
std::string repository_of(const json::object& payload, const std::string& project) {
  const std::string compared = text_at(payload, "compare_url");
  const auto at = compared.find("/" + project + "/");
  return at == std::string::npos || !compared.starts_with("https://")
             ? std::string()
             : compared.substr(0, at) + "/" + project + ".git";
}

}  // namespace

Result<hook::Run> run_of(const json::object& payload, std::vector<std::string>& notes) {
  const auto id = hook::need_integer(payload, "id");
  const auto owner = hook::need_text(payload, "repository.owner_name");
  const auto name = hook::need_text(payload, "repository.name");
  if (!id) return failed(id.error());
  if (!owner) return failed(owner.error());
  if (!name) return failed(name.error());
  std::string digits = text_at(payload, "number");
  if (const auto number = integer_at(payload, "number")) digits = std::to_string(*number);
  if (!is_digits(digits) || digits.size() > most_digits) return rejected("number: must be a number");
  hook::Run run;
  run.state = state_of_object(payload, notes);
  run.id = "build-" + std::to_string(*id);
  run.numeric_id = *id;
  run.number = std::stoll(digits);
  run.project = *owner + "/" + *name;
  run.said = hook::first_text(payload, {"status_message", "result_message"});
  run.started = hook::moment_at(payload, "started_at");
  run.submitted = run.started;
  if (run.state.phase == Phase::ended) {
    run.ended = hook::moment_at(payload, "finished_at");
    if (run.ended) run.occurrence = std::to_string(*run.ended);
  }
  run.url = text_at(payload, "build_url");
  run.repository = repository_of(payload, run.project);
  run.revision = text_at(payload, "commit");
  run.event = text_at(payload, "type");
  read_branch(run, payload);
  run.commit.revision = run.revision;
  run.commit.author = text_at(payload, "author_name");
  run.commit.mail = text_at(payload, "author_email");
  run.commit.message = text_at(payload, "message");
  run.commit.when = hook::moment_at(payload, "committed_at");
  run.reason = hook::first_text(payload, {"pull_request_title", "message"});
  run.reason = run.reason.substr(0, run.reason.find('\n'));
  const auto builds = run.url.find("/builds/");
  run.jobs = jobs_of(payload, builds == std::string::npos ? "" : run.url.substr(0, builds), notes);
  run.properties.emplace_back("travis_build_id", *id);
  return run;
}

}  // namespace carillon::source::travis
