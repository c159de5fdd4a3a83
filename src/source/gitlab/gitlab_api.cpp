#include "source/gitlab/gitlab_api.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/run_id.hpp"

namespace carillon::source::gitlab {
namespace {

constexpr int most_pages_of_pipelines = hook::most_in_a_list / 100;
constexpr int most_pages_of_jobs = 10;
constexpr int most_pages_of_projects = 50;
constexpr std::size_t most_known = 5000;
constexpr std::size_t most_complete = 300;

hook::Account::Access access_of(const Settings& settings) {
  hook::Account::Access access;
  access.base = settings.url + "api/v4/";
  access.headers = {{"PRIVATE-TOKEN", settings.token.reveal()},
                    {"Accept", "application/json"},
                    {"User-Agent", "carillon/" CARILLON_VERSION}};
  access.verify = settings.verify;
  return access;
}

std::string number_in(std::string_view id) {
  return hook::number_of(id, "pipeline-");
}

std::vector<const json::object*> objects_in(const json::array& items) {
  std::vector<const json::object*> objects;
  for (const json::value& item : items) {
    if (const json::object* object = item.if_object()) objects.push_back(object);
  }
  return objects;
}

bool has_failed_job(const hook::Run& run) {
  return std::ranges::any_of(run.jobs, [](const hook::Job& job) {
    return job.state == hook::State{hook::Phase::ended, Results::failure} ||
           job.state == hook::State{hook::Phase::ended, Results::exception};
  });
}

}  // namespace

GitLabApi::GitLabApi(std::shared_ptr<const Settings> settings, http::Client& http, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock), account_(http, clock, access_of(*settings_)) {}

std::string GitLabApi::place_of(const std::string& project) {
  return "projects/" + percent_encode(project);
}

Project GitLabApi::project_at(const std::string& path) const {
  return {.path = path, .page = settings_->url + path, .repository = settings_->url + path + ".git"};
}

Result<void> GitLabApi::may_go_on() const {
  const auto rest = account_.rest();
  if (rest.count() > 0) return throttled("less than a tenth of the account's requests is left", rest);
  return ok();
}

Task<json::array> GitLabApi::jobs_of(const hook::Run& run, const char* kind) {
  auto listed = co_await account_.list(
      place_of(run.project) + "/pipelines/" + number_in(run.id) + "/" + kind + "per_page=100",
      most_pages_of_jobs);
  if (!listed) co_return failed(listed);
  if (listed->cut) remark_jobs_cut(run, listed->items.size());
  co_return std::move(listed->items);
}

Task<std::vector<hook::Run>> GitLabApi::ask(const std::string& project, std::int64_t id) {
  std::vector<hook::Run> runs;
  auto pipeline = co_await run(project, pipeline_id(id));
  if (!pipeline) co_return failed(pipeline.error());
  if (!*pipeline) co_return runs;
  const hook::Granularity builds = settings_->shape.builds;
  if (builds != hook::Granularity::run) {
    const auto jobs = co_await jobs_of(**pipeline, "jobs?include_retried=true&");
    if (!jobs) co_return failed(jobs.error());
    std::vector<std::string> notes;
    runs = jobs_alone(**pipeline, objects_in(*jobs), project_at(project), true, notes);
  }
  if (builds != hook::Granularity::job) runs.push_back(std::move(**pipeline));
  co_return runs;
}

Task<void> GitLabApi::list_pipelines(std::string project, std::int64_t since, std::string more,
                                     std::vector<hook::Run>& found) {
  const auto listed = co_await account_.list(
      place_of(project) + "/pipelines?updated_after=" + percent_encode(hook::iso_of(since)) +
          "&order_by=updated_at&sort=desc" + more + "&per_page=100",
      most_pages_of_pipelines);
  if (!listed) co_return failed(listed.error());
  const std::int64_t now = clock_.now() / 1000;
  if (listed->cut && listed->items.back().is_object())
    remark_cut(project + more, since,
               hook::moment_at(listed->items.back().get_object(), "updated_at").value_or(now));
  for (const json::object* one : objects_in(listed->items)) {
    const auto id = integer_at(*one, "id");
    if (!id) continue;
    if (auto may = may_go_on(); !may) co_return failed(may);
    const std::string updated = text_at(*one, "updated_at");
    const auto known = known_.find(*id);
    if (known != known_.end() && !updated.empty() && known->second.updated == updated) {
      known->second.seen = now;
      found.insert(found.end(), known->second.runs.begin(), known->second.runs.end());
      continue;
    }
    auto runs = co_await ask(project, *id);
    if (!runs) co_return failed(runs.error());
    const bool ended = std::ranges::all_of(
        *runs, [](const hook::Run& run) { return run.state.phase == hook::Phase::ended; });
    if (ended && known_.size() < most_known) known_[*id] = {updated, *runs, now};
    found.insert(found.end(), runs->begin(), runs->end());
  }
  co_return ok();
}

Task<void> GitLabApi::list_project(std::string project, std::int64_t since, std::vector<hook::Run>& found) {
  auto listed = co_await list_pipelines(project, since, "", found);
  // Child pipelines are listed only when they are asked for.
  if (listed && settings_->children)
    listed = co_await list_pipelines(project, since, "&source=parent_pipeline", found);
  co_return listed;
}

Task<std::vector<hook::Run>> GitLabApi::changed_since(std::int64_t since,
                                                      const std::set<std::string>& projects) {
  const std::int64_t now = clock_.now() / 1000;
  std::vector<hook::Run> found;
  if (auto may = may_go_on(); !may) co_return failed(may);
  const std::string query = "/projects?simple=true&archived=false&per_page=100";
  const auto all = co_await projects_of(
      settings_->projects, projects,
      {.is_project = is_project,
       .paths =
           [&](const std::string& group) {
             const std::string name = percent_encode(group);
             return std::vector<std::string>{"groups/" + name + query + "&include_subgroups=true",
                                             "users/" + name + query};
           },
       .list = [this](const std::string& path) { return account_.list(path, most_pages_of_projects); },
       .member = "path_with_namespace"});
  if (!all) co_return failed(all.error());
  // A project without CI is forbidden (403).
  auto looked = co_await look_at_each(*all, since, [&](const std::string& project, std::int64_t from) {
    return list_project(project, from, found);
  });
  if (!looked) co_return failed(looked);
  std::erase_if(known_, [&](const auto& one) { return one.second.seen < now; });
  co_return found;
}

Task<std::optional<hook::Run>> GitLabApi::run(const std::string& project, const std::string& id) {
  const std::string number = number_in(id);
  if (number.empty() || !is_project(project)) co_return std::nullopt;
  const auto answer = co_await account_.json(place_of(project) + "/pipelines/" + number);
  if (!answer) co_return failed(answer.error());
  const json::object* pipeline = answer->if_object();
  if (pipeline == nullptr || !can_be_told(*pipeline)) co_return std::nullopt;
  std::vector<std::string> notes;
  auto run = pipeline_of(*pipeline, project_at(project), notes);
  if (!run) co_return unreachable("an answer that is no pipeline: " + run.error().what);
  co_return std::move(*run);
}

Task<void> GitLabApi::add_jobs(hook::Run& run) {
  const auto jobs = co_await jobs_of(run, "jobs?include_retried=true&");
  if (!jobs) co_return failed(jobs.error());
  const auto objects = objects_in(*jobs);
  std::vector<std::string> notes;
  run.jobs = steps_of(objects, nullptr, project_at(run.project), true, notes);
  for (const json::object* job : objects) {
    if (const json::object* commit = object_at(*job, "commit")) read_commit(run, *commit);
  }
  co_return ok();
}

Task<void> GitLabApi::add_merge_request(hook::Run& run) {
  const auto answer =
      co_await account_.json(place_of(run.project) + "/merge_requests/" + std::to_string(*run.pull_request));
  if (!answer) co_return failed(answer.error());
  if (const json::object* request = answer->if_object()) read_merge_request(run, *request);
  co_return ok();
}

Task<void> GitLabApi::add_tests(hook::Run& run) {
  const auto answer =
      co_await account_.json(place_of(run.project) + "/pipelines/" + number_in(run.id) + "/test_report");
  if (!answer) co_return failed(answer.error());
  if (const json::object* report = answer->if_object()) run.tests = tests_of(*report);
  co_return ok();
}

// Hooks tell of all jobs but those that start other pipelines.
Task<void> GitLabApi::complete(hook::Run& run) {
  if (number_in(run.id).empty() || !is_project(run.project)) co_return ok();
  const std::string key = run.id + " " + run.occurrence;
  if (const auto known = complete_.find(key); known != complete_.end()) {
    run = known->second;
    co_return ok();
  }
  if (run.jobs.empty()) {
    if (auto added = co_await add_jobs(run); !added) co_return failed(added);
  }
  if (run.pull_request && run.base_branch.empty()) {
    if (auto added = co_await add_merge_request(run); !added) co_return failed(added);
  }
  if (run.state.results == Results::failure && !has_failed_job(run)) {
    const auto triggers = co_await jobs_of(run, "bridges?");
    if (!triggers) co_return failed(triggers.error());
    std::vector<std::string> notes;
    for (hook::Job& job : steps_of(objects_in(*triggers), nullptr, project_at(run.project), false, notes))
      run.jobs.push_back(std::move(job));
  }
  // A report may be larger than what is read, or not be ready: the rest is worth having without it.
  const auto added = co_await add_tests(run);
  if (!added && added.error().kind == Failure::Kind::throttled) co_return failed(added.error());
  if (complete_.size() >= most_complete) complete_.clear();
  if (added) complete_.insert_or_assign(key, run);
  co_return ok();
}

Task<std::string> GitLabApi::log(const std::string& project, const std::string& job, std::size_t most) {
  if (!is_project(project) || !is_digits(job)) co_return rejected("no such job");
  co_return co_await account_.tail(place_of(project) + "/jobs/" + job + "/trace", most);
}

Task<void> GitLabApi::stop(const std::string& project, const std::string& id) {
  const std::string number = number_in(id);
  if (number.empty() || !is_project(project)) co_return rejected("only pipelines can be stopped");
  const auto answer =
      co_await account_.send("POST", place_of(project) + "/pipelines/" + number + "/cancel", "");
  if (!answer) co_return failed(answer.error());
  if (answer->status == 403)
    co_return rejected("the token may not stop pipelines: it needs the scope api and the role Developer");
  if (answer->status == 404)
    co_return rejected("GitLab does not know the pipeline, or the token may not see it");
  if (auto judged = http::judge(*answer, clock_.now() / 1000); !judged) co_return failed(judged);
  boost::system::error_code error;
  const json::value told = boost::json::parse(answer->body, error);
  const std::string status = !error && told.is_object() ? text_at(told.get_object(), "status") : "";
  // It answers so, too, when there was nothing to cancel.
  if (status == "success" || status == "failed" || status == "skipped")
    co_return rejected("the pipeline has ended already");
  co_return ok();
}

}  // namespace carillon::source::gitlab
