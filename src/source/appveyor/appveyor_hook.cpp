#include "source/appveyor/appveyor_hook.hpp"

#include <algorithm>
#include <array>

#include "source/hook/body.hpp"

namespace carillon::source::appveyor {
namespace {

using hook::Phase;

struct Provider {
  std::string_view name;
  std::string_view site;
};
constexpr auto providers = std::to_array<Provider>({
    {"gitHub", "https://github.com/"},
    {"bitBucket", "https://bitbucket.org/"},
    {"gitLab", "https://gitlab.com/"},
});

bool truth_at(const json::object& object, std::string_view path) {
  const json::value* value = find(object, path);
  return value != nullptr && value->is_bool() && value->get_bool();
}

hook::State state_of_end(const json::object& object, std::vector<std::string>& notes) {
  const std::string status = text_at(object, "status");
  if (const auto state = hook::state_of(status); state && state->phase == Phase::ended) return *state;
  if (truth_at(object, "passed")) return {Phase::ended, Results::success};
  if (truth_at(object, "failed")) return {Phase::ended, Results::failure};
  notes.push_back("unknown status '" + status + "'");
  return {Phase::ended, Results::exception};
}

// The first thing that is said to be wrong.
std::string first_message(const json::object& object) {
  for (const std::string_view list : {"compilationMessages", "messages"}) {
    for (const json::object* message : objects_at(object, list)) {
      if (text_at(*message, "category") == "error") return text_at(*message, "message");
    }
  }
  return {};
}

std::vector<hook::Job> jobs_of(const json::object& data, std::vector<std::string>& notes) {
  std::vector<hook::Job> jobs;
  for (const json::object* one : objects_at(data, "jobs")) {
    hook::Job job;
    job.name = text_at(*one, "name");
    if (job.name.empty()) job.name = "job " + std::to_string(jobs.size() + 1);
    job.state = state_of_end(*one, notes);
    job.said = first_message(*one);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

void read_commit(hook::Run& run, const json::object& data) {
  run.revision = text_at(data, "commitId");
  run.commit.revision = run.revision;
  run.commit.author = text_at(data, "commitAuthor");
  run.commit.mail = text_at(data, "commitAuthorEmail");
  run.commit.message = text_at(data, "commitMessage");
  if (const std::string more = text_at(data, "commitMessageExtended"); !more.empty())
    run.commit.message += "\n\n" + more;
}

void read_branch(hook::Run& run, const json::object& data) {
  run.branch = text_at(data, "branch");
  if (truth_at(data, "isTag") && !text_at(data, "tagName").empty()) {
    run.branch = "refs/tags/" + text_at(data, "tagName");
    run.event = "tag";
  }
  if (!truth_at(data, "isPullRequest")) return;
  // Its branch is the one that it shall go into; nothing is said of where it is from.
  run.event = "pull_request";
  run.base_branch = text_at(data, "branch");
  run.from_fork = true;
  run.pull_request = integer_at(data, "pullRequestId");
  if (!run.pull_request) {
    const std::string text = text_at(data, "pullRequestId");
    run.branch = "unknown:" + run.base_branch;
    if (text.empty()) return;
    run.branch = "refs/pull/" + text + "/head";
    return;
  }
  run.branch = "refs/pull/" + std::to_string(*run.pull_request) + "/head";
}

}  // namespace

Result<hook::Heard> AppVeyorHook::hear(const web::Head& head, std::string_view body, Millis /*now*/) const {
  hook::Heard heard;
  const auto object = hook::read_object(head, body);
  if (!object) return failed(object.error());
  heard.kind = text_at(*object, "eventName");
  // A body that the user wrote has whatever he wrote.
  const auto data = hook::need_object(*object, "eventData");
  if (!data) return failed(data.error());
  if (heard.kind != "build_success" && heard.kind != "build_failure") {
    heard.ignored = heard.kind.empty() ? "no eventName" : heard.kind;
    return heard;
  }
  const auto id = hook::need_integer(*object, "eventData.buildId");
  const auto number = hook::need_integer(*object, "eventData.buildNumber");
  const auto project = hook::need_text(*object, "eventData.projectName");
  if (!id) return failed(id.error());
  if (!number) return failed(number.error());
  if (!project) return failed(project.error());
  hook::Run made;
  made.state = state_of_end(**data, heard.notes);
  made.id = "build-" + std::to_string(*id);
  made.number = *number;
  made.numeric_id = *id;
  made.project = text_at(**data, "repositoryName");
  made.pipeline = *project;
  made.event = "push";
  read_commit(made, **data);
  read_branch(made, **data);
  const std::string provider = text_at(**data, "repositoryProvider");
  const auto* site = std::ranges::find(providers, provider, &Provider::name);
  if (site != providers.end() && !made.project.empty())
    made.repository = std::string(site->site) + made.project + ".git";
  made.url = text_at(**data, "buildUrl");
  made.said = first_message(**data);
  made.jobs = jobs_of(**data, heard.notes);
  made.properties.emplace_back("appveyor_build_id", *id);
  made.properties.emplace_back("appveyor_version", json::value(text_at(**data, "buildVersion")));
  heard.runs.push_back(std::move(made));
  return heard;
}

std::vector<std::string> AppVeyorHook::advice(const std::string& url) const {
  return {"in appveyor.yml: notifications: - provider: Webhook, url: " + url +
              ", headers: Authorization: 'Bearer ' and the token of secret= (secure: encrypted by AppVeyor), "
              "on_build_success: true, on_build_failure: true",
          "method POST, and no body of your own"};
}

}  // namespace carillon::source::appveyor
