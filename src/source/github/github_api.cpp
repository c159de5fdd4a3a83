#include "source/github/github_api.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/hook/actions.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/run_id.hpp"
#include "transport/github_app.hpp"

namespace carillon::source::github {
namespace {

constexpr std::int64_t day = 24 * 3600;
constexpr std::int64_t re_runs_within = 3 * day;  // of what was created longer ago nobody looks for re-runs
constexpr std::int64_t deep_look_every = 3600;
constexpr std::size_t page_size = 100;
constexpr int most_pages_of_runs = 10;  // of one search GitHub yields a thousand at most
constexpr int most_searches = hook::most_in_a_list / (most_pages_of_runs * page_size);
constexpr int most_pages_of_jobs = 5;
constexpr int most_pages_of_repositories = 50;

hook::Account::Access access_of(const Settings& settings, http::Client& http, const Clock& clock) {
  hook::Account::Access access;
  access.base = settings.api;
  access.headers = {{"Accept", "application/vnd.github+json"},
                    {"X-GitHub-Api-Version", "2022-11-28"},
                    {"User-Agent", "carillon/" CARILLON_VERSION}};
  access.verify = settings.verify;
  if (settings.app) {
    const std::string base = settings.api.substr(0, settings.api.size() - 1);
    access.fetch_token = [&http, &clock, app = *settings.app, base, verify = settings.verify] {
      return http::installation_token(http, app, base, verify, clock.now() / 1000);
    };
  } else {
    access.headers.emplace_back("Authorization", "Bearer " + settings.token.reveal());
  }
  return access;
}

// nullopt: the run is none of Actions.
std::optional<hook::RunId> parts_of(const hook::Run& run) {
  auto parts = hook::parts_of(run.id, "run-");
  if (!parts || parts->attempt.empty() || !hook::is_repository(run.project)) return std::nullopt;
  return parts;
}

}  // namespace

GitHubApi::GitHubApi(std::shared_ptr<const Settings> settings, http::Client& http, const Clock& clock)
    : settings_(std::move(settings)),
      http_(http),
      clock_(clock),
      account_(http, clock, access_of(*settings_, http, clock)) {}

Task<hook::Listed> GitHubApi::pages(std::string path, std::string member, int most) {
  hook::Listed all;
  for (int page = 1; page <= most; ++page) {
    const char* const joint = path.find('?') == std::string::npos ? "?" : "&";
    auto answer = co_await account_.json(path + joint + "per_page=" + std::to_string(page_size) +
                                         "&page=" + std::to_string(page));
    if (!answer) co_return failed(answer);
    const json::array* items = answer->if_array();
    if (items == nullptr && answer->is_object()) items = array_at(answer->get_object(), member);
    if (answer->is_null()) co_return rejected("HTTP 404: it is not there, or the token may not see it");
    if (items == nullptr) co_return unreachable("the answer to " + path + " has no list");
    all.items.insert(all.items.end(), items->begin(), items->end());
    if (items->size() < page_size) co_return all;
  }
  all.cut = true;
  co_return all;
}

// A search yields only so many, the newest first: the next one ends where it was cut.
Task<void> GitHubApi::list_runs(std::string repository, std::int64_t created, std::int64_t since,
                                std::vector<hook::Run>& found) {
  std::set<std::string> seen;
  std::int64_t until = clock_.now() / 1000;
  std::string range = ">=" + hook::iso_of(created);
  for (int search = 0; search < most_searches; ++search) {
    const auto runs = co_await pages("repos/" + repository + "/actions/runs?created=" + percent_encode(range),
                                     "workflow_runs", most_pages_of_runs);
    if (!runs) co_return failed(runs.error());
    const std::int64_t before = until;
    for (const json::value& item : runs->items) {
      if (!item.is_object()) continue;
      until = std::min(until, hook::moment_at(item.get_object(), "created_at").value_or(until));
      std::vector<std::string> notes;
      auto run = hook::actions::run_of(item.get_object(), nullptr, nullptr, "github", notes);
      if (!run || hook::moment_at(item.get_object(), "updated_at").value_or(since) < since) continue;
      if (settings_->wants(run->project) && seen.insert(run->id).second) found.push_back(std::move(*run));
    }
    if (!runs->cut) co_return ok();
    if (until == before) break;
    range = hook::iso_of(created) + ".." + hook::iso_of(until);
  }
  remark_cut(repository, created, until);
  co_return ok();
}

Task<std::vector<hook::Run>> GitHubApi::changed_since(std::int64_t since,
                                                      const std::set<std::string>& projects) {
  const std::int64_t now = clock_.now() / 1000;
  std::vector<hook::Run> found;
  if (!settings_->runs) co_return found;
  if (const auto rest = account_.rest(); rest.count() > 0)
    co_return throttled("less than a tenth of the account's requests is left", rest);
  const auto all = co_await projects_of(
      settings_->repos, projects,
      {.is_project = hook::is_repository, .paths = forge_lists, .list = [this](const std::string& path) {
         return pages(path + "?sort=pushed", "", most_pages_of_repositories);
       }});
  if (!all) co_return failed(all.error());
  // A re-run keeps the moment when its run was created.
  const bool deep = now - deep_look_ >= deep_look_every;
  auto looked = co_await look_at_each(*all, since, [&](const std::string& repository, std::int64_t from) {
    return list_runs(repository, deep ? std::min(from, now - re_runs_within) : from, from, found);
  });
  if (!looked) co_return failed(looked);
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
  const auto parts = parts_of(run);
  if (!parts) co_return found;
  auto jobs = co_await pages(
      "repos/" + run.project + "/actions/runs/" + parts->numbers[0] + "/attempts/" + parts->attempt + "/jobs",
      "jobs", most_pages_of_jobs);
  if (!jobs) co_return failed(jobs);
  if (jobs->cut) remark_jobs_cut(run, jobs->items.size());
  for (const json::value& item : jobs->items) {
    std::vector<std::string> notes;
    if (!item.is_object()) continue;
    if (auto job = hook::actions::job_of(item.get_object(), nullptr, "github", notes))
      found.push_back(std::move(*job));
  }
  co_return found;
}

Task<std::optional<hook::Run>> GitHubApi::run(const std::string& project, const std::string& id) {
  const auto parts = parts_of({.id = id, .project = project});
  if (!parts) co_return std::nullopt;
  auto answer = co_await account_.json("repos/" + project + "/actions/runs/" + parts->numbers[0] +
                                       "/attempts/" + parts->attempt);
  if (!answer) co_return failed(answer);
  if (!answer->is_object()) co_return std::nullopt;
  std::vector<std::string> notes;
  auto run = hook::actions::run_of(answer->get_object(), nullptr, nullptr, "github", notes);
  if (!run) co_return unreachable("an answer that is no run: " + run.error().what);
  co_return std::move(*run);
}

Task<void> GitHubApi::complete(hook::Run& run) {
  if (!parts_of(run)) co_return ok();
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
  const auto parts = parts_of({.id = id, .project = project});
  if (!parts) co_return rejected("only runs of Actions can be stopped");
  auto answer = co_await account_.send(
      "POST", "repos/" + project + "/actions/runs/" + parts->numbers[0] + "/cancel", "");
  if (!answer) co_return failed(answer);
  if (answer->status == 409) co_return rejected("the run has ended already");
  if (answer->status == 403) co_return rejected("the token may not stop runs: it needs Actions: write");
  if (answer->status == 404) co_return rejected("GitHub does not know the run, or the token may not see it");
  co_return http::judge(*answer, clock_.now() / 1000);
}

}  // namespace carillon::source::github
