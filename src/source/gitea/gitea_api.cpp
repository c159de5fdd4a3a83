#include "source/gitea/gitea_api.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "source/gitea/gitea_run.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/run_id.hpp"

namespace carillon::source::gitea {
namespace {

constexpr std::int64_t day = 24 * 3600;
constexpr std::int64_t re_runs_within = 3 * day;  // of what was created longer ago nobody looks for re-runs
constexpr std::int64_t deep_look_every = 3600;
constexpr std::size_t page_size = 50;  // the most that the server gives unless it is configured otherwise
constexpr int most_pages_of_runs = hook::most_in_a_list / page_size;
constexpr int most_pages_of_jobs = 10;
constexpr int most_pages_of_repositories = 100;

hook::Account::Access access_of(const Settings& settings) {
  hook::Account::Access access;
  access.base = settings.url + "api/v1/";
  access.headers = {{"Authorization", "token " + settings.token.reveal()},
                    {"Accept", "application/json"},
                    {"User-Agent", "carillon/" CARILLON_VERSION}};
  access.verify = settings.verify;
  return access;
}

// nullopt: the run is none of Actions.
std::optional<hook::RunId> parts_of(const std::string& project, const std::string& id) {
  return hook::is_repository(project) ? hook::parts_of(id, "run-") : std::nullopt;
}

// The last that is said of the run; 0: nothing is.
std::int64_t touched(const json::object& item) {
  std::int64_t last = 0;
  for (const std::string_view member :
       {"updated_at", "completed_at", "started_at", "created_at", "updated", "stopped", "started", "created"})
    last = std::max(last, hook::moment_at(item, member).value_or(0));
  return last;
}

std::int64_t begun(const hook::Run& run, std::int64_t otherwise) {
  return run.submitted.value_or(run.started.value_or(otherwise));
}

}  // namespace

GiteaApi::GiteaApi(std::shared_ptr<const Settings> settings, http::Client& http, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock), account_(http, clock, access_of(*settings_)) {}

Task<json::array> GiteaApi::page(const std::string& path, const std::string& member, int number) {
  auto answer = co_await account_.json(path + "?limit=" + std::to_string(page_size) +
                                       "&page=" + std::to_string(number));
  if (!answer) co_return failed(answer);
  if (const json::array* items = answer->if_array()) co_return *items;
  const json::array* items = answer->is_object() ? array_at(answer->get_object(), member) : nullptr;
  if (answer->is_null()) co_return json::array();  // 404
  if (items == nullptr) co_return unreachable("the answer to " + path + " has no list");
  co_return *items;
}

Task<hook::Listed> GiteaApi::pages(std::string path, std::string member, int most) {
  hook::Listed all;
  for (int number = 1; number <= most; ++number) {
    auto items = co_await page(path, member, number);
    if (!items) co_return failed(items);
    all.items.insert(all.items.end(), items->begin(), items->end());
    // A server may give fewer at a time than it was asked for.
    if (items->empty()) co_return all;
  }
  all.cut = true;
  co_return all;
}

Task<void> GiteaApi::know_workflows(const std::string& repository) {
  if (workflows_.contains(repository)) co_return ok();
  auto listed = co_await account_.json("repos/" + repository + "/actions/workflows");
  if (!listed) co_return failed(listed);
  auto& names = workflows_[repository];
  if (!listed->is_object()) co_return ok();
  for (const json::object* workflow : objects_at(listed->get_object(), "workflows"))
    names[text_at(*workflow, "id")] = text_at(*workflow, "name");
  co_return ok();
}

// Lists say nothing of the workflow but its file: hooks call it by its name.
Result<hook::Run> GiteaApi::read(const json::object& item, const std::string& repository) const {
  std::vector<std::string> notes;
  if (is_forgejo_run(item)) return forgejo_run_of(item, repository, settings_->shape.ci, notes);
  json::object workflow;
  if (const auto known = workflows_.find(repository); known != workflows_.end()) {
    const std::string path = text_at(item, "path");
    const auto name = known->second.find(path.substr(0, path.find('@')));
    if (name != known->second.end()) workflow["name"] = name->second;
  }
  json::object own{{"full_name", repository}};
  if (const json::object* said = object_at(item, "repository")) own = *said;
  return run_of(item, &own, &workflow, settings_->shape.ci, notes);
}

// No list tells what was updated since: it is read until it is old enough.
Task<void> GiteaApi::list_runs(std::string repository, std::int64_t created, std::int64_t since,
                               std::vector<hook::Run>& found) {
  std::int64_t until = clock_.now() / 1000;
  for (int number = 1; number <= most_pages_of_runs; ++number) {
    auto items = co_await page("repos/" + repository + "/actions/runs", "workflow_runs", number);
    if (!items) co_return failed(items);
    if (items->empty()) co_return ok();
    if (number == 1) {
      if (auto known = co_await know_workflows(repository); !known) co_return failed(known);
    }
    bool any_new = false;
    for (const json::value& item : *items) {
      if (!item.is_object()) continue;
      auto run = read(item.get_object(), repository);
      if (!run) continue;
      const std::int64_t last = touched(item.get_object());
      const bool changed = last == 0 || last >= since;
      until = std::min(until, begun(*run, until));
      any_new |= changed || begun(*run, created) >= created;
      if (changed && settings_->wants(run->project)) found.push_back(std::move(*run));
    }
    if (!any_new) co_return ok();
  }
  remark_cut(repository, created, until);
  co_return ok();
}

Task<std::vector<hook::Run>> GiteaApi::changed_since(std::int64_t since,
                                                     const std::set<std::string>& projects) {
  const std::int64_t now = clock_.now() / 1000;
  std::vector<hook::Run> found;
  if (!settings_->runs) co_return found;
  if (const auto rest = account_.rest(); rest.count() > 0)
    co_return throttled("less than a tenth of the account's requests is left", rest);
  const auto all = co_await projects_of(
      settings_->repos, projects,
      {.is_project = hook::is_repository, .paths = forge_lists, .list = [this](const std::string& path) {
         return pages(path, "", most_pages_of_repositories);
       }});
  if (!all) co_return failed(all.error());
  // What is run again keeps its place in the list.
  const bool deep = now - deep_look_ >= deep_look_every;
  if (deep) workflows_.clear();
  auto looked = co_await look_at_each(*all, since, [&](const std::string& repository, std::int64_t from) {
    return list_runs(repository, deep ? std::min(from, now - re_runs_within) : from, from, found);
  });
  if (!looked) co_return failed(looked);
  if (deep) deep_look_ = now;
  co_return found;
}

Task<std::optional<hook::Run>> GiteaApi::run(const std::string& project, const std::string& id) {
  const auto parts = parts_of(project, id);
  if (!parts) co_return std::nullopt;
  const std::string path = "repos/" + project + "/actions/runs/" + parts->numbers[0];
  std::vector<std::string> ways{path};
  if (!parts->attempt.empty()) ways.insert(ways.begin(), path + "/attempts/" + parts->attempt);
  if (auto known = co_await know_workflows(project); !known) co_return failed(known);
  for (const std::string& way : ways) {
    auto answer = co_await account_.json(way);
    if (!answer) co_return failed(answer);
    if (!answer->is_object()) continue;
    auto run = read(answer->get_object(), project);
    if (!run) co_return unreachable("an answer that is no run: " + run.error().what);
    // Of an attempt that others followed nothing more is known.
    if (run->id == id) co_return std::move(*run);
  }
  co_return std::nullopt;
}

Task<void> GiteaApi::complete(hook::Run& run) {
  const auto parts = parts_of(run.project, run.id);
  if (!parts) co_return ok();
  auto jobs = co_await pages("repos/" + run.project + "/actions/runs/" + parts->numbers[0] + "/jobs", "jobs",
                             most_pages_of_jobs);
  if (!jobs) co_return failed(jobs);
  if (jobs->cut) remark_jobs_cut(run, jobs->items.size());
  std::vector<hook::Job> listed;
  for (const json::value& item : jobs->items) {
    std::vector<std::string> notes;
    if (!item.is_object()) continue;
    auto job = job_of(item.get_object(), nullptr, settings_->shape.ci, notes);
    if (job && (parts->attempt.empty() || job->run == run.id)) listed.push_back(std::move(job->job));
  }
  if (!listed.empty()) run.jobs = std::move(listed);
  co_return ok();
}

Task<std::string> GiteaApi::log(const std::string& project, const std::string& job, std::size_t most) {
  if (!hook::is_repository(project) || !is_digits(job)) co_return rejected("no such job");
  auto answer = co_await account_.get("repos/" + project + "/actions/jobs/" + job + "/logs");
  if (!answer) co_return failed(answer);
  if (answer->status != 200) co_return rejected("its log is not kept: " + http::shown_answer(*answer));
  co_return answer->body.substr(answer->body.size() - std::min(answer->body.size(), most));
}

Task<void> GiteaApi::stop(const std::string& project, const std::string& id) {
  const auto parts = parts_of(project, id);
  if (!parts) co_return rejected("only runs of Actions can be stopped");
  const std::string place = "repos/" + project + "/actions/runs/" + parts->numbers.front();
  auto answer = co_await account_.send("POST", place + "/cancel", "");
  if (!answer) co_return failed(answer);
  if (answer->status == 409) co_return rejected("the run has ended already");
  if (answer->status == 403)
    co_return rejected(
        "the token may not stop runs: it needs the scope write:repository, and its user to write");
  if (answer->status == 404 || answer->status == 405) {
    const auto known = co_await account_.json(place);
    if (!known) co_return failed(known.error());
    co_return rejected(known->is_object()
                           ? "this server's API cannot stop runs: Gitea 1.27 and Forgejo 16 can"
                           : "the server does not know the run, or the token may not see it");
  }
  co_return http::judge(*answer, clock_.now() / 1000);
}

}  // namespace carillon::source::gitea
