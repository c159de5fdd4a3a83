#include "source/github/github_api.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/hook/actions.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::github {
namespace {

constexpr std::int64_t day = 24 * 3600;
constexpr std::int64_t re_runs_within = 3 * day;  // of what was created longer ago nobody looks for re-runs
constexpr std::int64_t deep_look_every = 3600;
constexpr int most_pages_of_runs = 10;  // GitHub yields a thousand at most
constexpr int most_pages_of_jobs = 5;
constexpr int most_pages_of_repositories = 10;

hook::Account::Access access_of(const Settings& settings) {
  hook::Account::Access access;
  access.base = settings.api;
  access.headers = {{"Authorization", "Bearer " + settings.token.reveal()},
                    {"Accept", "application/vnd.github+json"},
                    {"X-GitHub-Api-Version", "2022-11-28"},
                    {"User-Agent", "carillon/" CARILLON_VERSION}};
  access.verify = settings.verify;
  return access;
}

struct RunId {
  std::string run;
  std::string attempt;
};

// Out of "run-7.2".
std::optional<RunId> parts_of(std::string_view id) {
  constexpr std::string_view begin = "run-";
  const auto dot = id.find('.');
  if (!id.starts_with(begin) || dot == std::string_view::npos) return std::nullopt;
  RunId parts{std::string(id.substr(begin.size(), dot - begin.size())), std::string(id.substr(dot + 1))};
  if (!is_digits(parts.run) || !is_digits(parts.attempt)) return std::nullopt;
  return parts;
}

}  // namespace

GitHubApi::GitHubApi(std::shared_ptr<const Settings> settings, http::Client& http, const Clock& clock)
    : settings_(std::move(settings)),
      http_(http),
      clock_(clock),
      account_(http, clock, access_of(*settings_)) {}

Task<json::array> GitHubApi::pages(std::string path, std::string member, int most) {
  constexpr std::size_t page_size = 100;
  json::array all;
  for (int page = 1; page <= most; ++page) {
    const char* const joint = path.find('?') == std::string::npos ? "?" : "&";
    auto answer = co_await account_.json(path + joint + "per_page=100&page=" + std::to_string(page));
    if (!answer) co_return failed(answer);
    const json::array* items = answer->if_array();
    if (items == nullptr && answer->is_object()) items = array_at(answer->get_object(), member);
    if (answer->is_null()) co_return rejected("HTTP 404: it is not there, or the token may not see it");
    if (items == nullptr) co_return unreachable("the answer to " + path + " has no list");
    all.insert(all.end(), items->begin(), items->end());
    if (items->size() < page_size) co_return all;
  }
  co_return all;
}

// Those that are named, those that a pattern means, and those that hooks told of.
Task<std::set<std::string>> GitHubApi::repositories(const std::set<std::string>& projects) {
  std::set<std::string> all;
  for (const std::string& project : projects) {
    if (hook::is_repository(project) && settings_->wants(project)) all.insert(project);
  }
  for (const std::string& pattern : settings_->repos.value_or(std::vector<std::string>())) {
    if (pattern.find('*') == std::string::npos) {
      all.insert(pattern);
      continue;
    }
    const std::string owner = pattern.substr(0, pattern.find('/'));
    if (owner.find('*') != std::string::npos) continue;  // only hooks can tell
    auto listed = co_await pages("orgs/" + owner + "/repos?sort=pushed", "", most_pages_of_repositories);
    if (!listed && listed.error().kind != Failure::Kind::rejected) co_return failed(listed);
    if (!listed || listed->empty()) {
      listed = co_await pages("users/" + owner + "/repos?sort=pushed", "", most_pages_of_repositories);
      if (!listed) co_return failed(listed);
    }
    for (const json::value& item : *listed) {
      const std::string name = item.is_object() ? text_at(item.get_object(), "full_name") : "";
      if (hook::is_repository(name) && matches(pattern, name)) all.insert(name);
    }
  }
  co_return all;
}

Task<void> GitHubApi::list_runs(const std::string& repository, std::int64_t created, std::int64_t since,
                                std::vector<hook::Run>& found) {
  const std::string path =
      "repos/" + repository + "/actions/runs?created=" + percent_encode(">=" + hook::iso_of(created));
  auto runs = co_await pages(path, "workflow_runs", most_pages_of_runs);
  if (!runs) co_return failed(runs);
  for (const json::value& item : *runs) {
    if (!item.is_object()) continue;
    std::vector<std::string> notes;
    auto run = hook::actions::run_of(item.get_object(), nullptr, nullptr, "github", notes);
    if (!run || hook::moment_at(item.get_object(), "updated_at").value_or(since) < since) continue;
    if (settings_->wants(run->project)) found.push_back(std::move(*run));
  }
  co_return ok();
}

Task<std::vector<hook::Run>> GitHubApi::changed_since(std::int64_t since,
                                                      const std::set<std::string>& projects) {
  const std::int64_t now = clock_.now() / 1000;
  std::vector<hook::Run> found;
  if (!settings_->runs) co_return found;
  if (const auto rest = account_.rest(); rest.count() > 0)
    co_return throttled("less than a tenth of the account's requests is left", rest);
  const auto all = co_await repositories(projects);
  if (!all) co_return failed(all.error());
  // A re-run keeps the moment when its run was created.
  const bool deep = now - deep_look_ >= deep_look_every;
  const std::int64_t created = deep ? std::min(since, now - re_runs_within) : since;
  std::size_t refused = 0;
  for (const std::string& repository : *all) {
    auto listed = co_await list_runs(repository, created, since, found);
    if (listed) continue;
    // Another repository may be asked for all the same, unless none may: then it is the token.
    if (listed.error().kind != Failure::Kind::rejected || ++refused == all->size()) co_return failed(listed);
    remark("the API does not show " + repository + ": " + listed.error().what);
  }
  if (deep) deep_look_ = now;
  if (settings_->shape.builds == hook::Granularity::run) co_return found;
  co_return co_await with_jobs(std::move(found));
}

// Each job as a build of its own, where these are wanted.
Task<std::vector<hook::Run>> GitHubApi::with_jobs(std::vector<hook::Run> runs) {
  std::vector<hook::Run> all;
  for (hook::Run& run : runs) {
    auto jobs = co_await jobs_of(run);
    if (!jobs && jobs.error().kind == Failure::Kind::rejected) continue;
    if (!jobs) co_return failed(jobs);
    for (hook::JobOfRun& job : *jobs) {
      hook::Run& alone = job.alone;
      alone.project = run.project;
      alone.repository = run.repository;
      alone.branch = run.branch;
      alone.branch_unsure = false;
      alone.from_fork = run.from_fork;
      alone.commit = run.commit;
      alone.owner = run.owner;
      alone.event = run.event;
      all.push_back(std::move(alone));
    }
    if (settings_->shape.builds == hook::Granularity::both) all.push_back(std::move(run));
  }
  co_return all;
}

Task<std::vector<hook::JobOfRun>> GitHubApi::jobs_of(const hook::Run& run) {
  std::vector<hook::JobOfRun> found;
  const auto parts = parts_of(run.id);
  if (!parts || !hook::is_repository(run.project)) co_return found;
  auto jobs = co_await pages(
      "repos/" + run.project + "/actions/runs/" + parts->run + "/attempts/" + parts->attempt + "/jobs",
      "jobs", most_pages_of_jobs);
  if (!jobs) co_return failed(jobs);
  for (const json::value& item : *jobs) {
    std::vector<std::string> notes;
    if (!item.is_object()) continue;
    if (auto job = hook::actions::job_of(item.get_object(), nullptr, "github", notes))
      found.push_back(std::move(*job));
  }
  co_return found;
}

Task<std::optional<hook::Run>> GitHubApi::run(const std::string& project, const std::string& id) {
  const auto parts = parts_of(id);
  if (!parts || !hook::is_repository(project)) co_return std::nullopt;
  auto answer = co_await account_.json("repos/" + project + "/actions/runs/" + parts->run + "/attempts/" +
                                       parts->attempt);
  if (!answer) co_return failed(answer);
  if (!answer->is_object()) co_return std::nullopt;
  std::vector<std::string> notes;
  auto run = hook::actions::run_of(answer->get_object(), nullptr, nullptr, "github", notes);
  if (!run) co_return unreachable("an answer that is no run: " + run.error().what);
  co_return std::move(*run);
}

Task<void> GitHubApi::complete(hook::Run& run) {
  const auto parts = parts_of(run.id);
  if (!parts || !hook::is_repository(run.project)) co_return ok();
  if (const auto rest = account_.rest(); rest.count() > 0)
    co_return throttled("less than a tenth of the account's requests is left", rest);
  auto jobs = co_await jobs_of(run);
  if (!jobs) co_return failed(jobs);
  std::vector<hook::Job> listed;
  for (hook::JobOfRun& job : *jobs)
    listed.push_back(std::move(job.job));
  if (!listed.empty()) run.jobs = std::move(listed);
  if (run.from_fork && !run.pull_request && !run.revision.empty() &&
      hook::key_part(run.revision) == run.revision) {
    auto pulls = co_await account_.json("repos/" + run.project + "/commits/" + run.revision + "/pulls");
    if (!pulls) co_return failed(pulls);
    for (const json::value& item : pulls->is_array() ? pulls->get_array() : json::array()) {
      const json::object* pull = item.if_object();
      if (pull == nullptr || text_at(*pull, "base.repo.full_name") != run.project) continue;
      run.pull_request = integer_at(*pull, "number");
      if (!run.pull_request) continue;
      run.pull_request_url = text_at(*pull, "html_url");
      run.base_branch = text_at(*pull, "base.ref");
      run.branch = "refs/pull/" + std::to_string(*run.pull_request) + "/head";
      break;
    }
  }
  co_return ok();
}

// The API sends one elsewhere, to a storage that must not see the token.
Task<std::string> GitHubApi::log(const std::string& project, const std::string& job, std::size_t most) {
  if (!hook::is_repository(project) || !is_digits(job)) co_return rejected("no such job");
  auto answer = co_await account_.get("repos/" + project + "/actions/jobs/" + job + "/logs");
  if (!answer) co_return failed(answer);
  const auto place = answer->header("location");
  if (answer->status == 200)
    co_return answer->body.substr(answer->body.size() - std::min(answer->body.size(), most));
  if (answer->status / 100 != 3 || !place)
    co_return rejected("its log is not kept: " + http::shown_answer(*answer));
  http::Request request;
  const auto query = place->find('?');
  request.url = place->substr(0, query);
  if (query != std::string_view::npos) request.secret_query = place->substr(query + 1);
  request.headers.emplace_back("Range", "bytes=-" + std::to_string(most));
  request.verify = settings_->verify;
  auto text = co_await http_.request(std::move(request));
  if (!text) co_return failed(text);
  if (auto judged = http::judge(*text, clock_.now() / 1000); !judged) co_return failed(judged);
  co_return text->body.substr(text->body.size() - std::min(text->body.size(), most));
}

Task<void> GitHubApi::stop(const std::string& project, const std::string& id) {
  const auto parts = parts_of(id);
  if (!parts || !hook::is_repository(project)) co_return rejected("only runs of Actions can be stopped");
  auto answer =
      co_await account_.send("POST", "repos/" + project + "/actions/runs/" + parts->run + "/cancel", "");
  if (!answer) co_return failed(answer);
  if (answer->status == 409) co_return rejected("the run has ended already");
  if (answer->status == 403) co_return rejected("the token may not stop runs: it needs Actions: write");
  if (answer->status == 404) co_return rejected("GitHub does not know the run, or the token may not see it");
  co_return http::judge(*answer, clock_.now() / 1000);
}

}  // namespace carillon::source::github
