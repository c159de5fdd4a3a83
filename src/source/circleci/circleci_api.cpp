#include "source/circleci/circleci_api.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "source/circleci/circleci_run.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::circleci {
namespace {

constexpr std::int64_t re_runs_within = std::int64_t{3} * 24 * 3600;  // older pipelines are left alone
constexpr std::int64_t deep_look_every = 3600;
constexpr int most_pages_of_pipelines = 100;  // of twenty; each is asked for its workflows
constexpr int most_pages_of_workflows = 20;
constexpr int most_pages_of_jobs = 10;

hook::Account::Access access_of(const Settings& settings) {
  hook::Account::Access access;
  access.base = settings.api;
  access.headers = {{"Circle-Token", settings.token.reveal()},
                    {"Accept", "application/json"},
                    {"User-Agent", "carillon/" CARILLON_VERSION}};
  access.verify = settings.verify;
  return access;
}

}  // namespace

CircleCIApi::CircleCIApi(std::shared_ptr<const Settings> settings, http::Client& http, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock), account_(http, clock, access_of(*settings_)) {}

Task<hook::Listed> CircleCIApi::items(std::string path, int most_pages, std::int64_t created) {
  hook::Listed all;
  std::string page;
  for (int count = 0; count < most_pages; ++count) {
    auto answer = co_await account_.json(path + (page.empty() ? "" : "?page-token=" + percent_encode(page)));
    if (!answer) co_return failed(answer);
    if (!answer->is_object()) co_return all;
    const json::object& object = answer->get_object();
    bool too_old = false;
    for (const json::object* item : objects_at(object, "items")) {
      too_old = hook::moment_at(*item, "created_at").value_or(created) < created;
      if (too_old) break;
      all.items.emplace_back(*item);
    }
    page = text_at(object, "next_page_token");
    if (too_old || page.empty()) co_return all;
  }
  all.cut = true;
  co_return all;
}

Task<void> CircleCIApi::look_at(std::string slug, std::int64_t created, std::int64_t since,
                                std::vector<hook::Run>& found) {
  auto pipelines = co_await items("project/" + slug + "/pipeline", most_pages_of_pipelines, created);
  if (!pipelines) co_return failed(pipelines);
  if (pipelines->cut)
    remark_cut(slug, created,
               hook::moment_at(pipelines->items.back().get_object(), "created_at").value_or(since));
  for (const json::value& item : pipelines->items) {
    const json::object& pipeline = item.get_object();
    const std::string id = text_at(pipeline, "id");
    if (id.empty() || hook::key_part(id) != id) continue;
    auto workflows = co_await items("pipeline/" + id + "/workflow", most_pages_of_workflows);
    if (!workflows) co_return failed(workflows);
    if (workflows->cut)
      remark(slug + ", pipeline " + id + ": has more than " + std::to_string(workflows->items.size()) +
             " workflows: the others are left out");
    for (const json::value& workflow : workflows->items) {
      std::vector<std::string> notes;
      auto run = run_of(workflow.get_object(), pipeline, slug, settings_->web, notes);
      const bool is_old = run && run->state.phase == hook::Phase::ended && run->ended && *run->ended < since;
      if (run && !is_old) found.push_back(std::move(*run));
    }
  }
  co_return ok();
}

Task<std::vector<hook::Run>> CircleCIApi::changed_since(std::int64_t since,
                                                        const std::set<std::string>& projects) {
  const std::int64_t now = clock_.now() / 1000;
  if (const auto rest = account_.rest(); rest.count() > 0)
    co_return throttled("less than a tenth of the account's requests is left", rest);
  // No list has all of an owner: a pattern is for what hooks tell of.
  std::vector<hook::Run> found;
  const auto slugs = co_await projects_of(settings_->projects, projects, {.is_project = is_slug});
  if (!slugs) co_return failed(slugs.error());
  // A workflow that is run again is one of an older pipeline.
  const bool deep = now - deep_look_ >= deep_look_every;
  auto looked = co_await look_at_each(*slugs, since, [&](const std::string& slug, std::int64_t from) {
    return look_at(slug, deep ? std::min(from, now - re_runs_within) : from, from, found);
  });
  if (!looked) co_return failed(looked);
  if (deep) deep_look_ = now;
  // Tries are counted in this order.
  std::ranges::sort(found, {}, [](const hook::Run& run) { return run.started.value_or(0); });
  co_return found;
}

Task<std::optional<hook::Run>> CircleCIApi::run(const std::string& project, const std::string& id) {
  const std::string workflow = workflow_of(id);
  if (workflow.empty() || !is_slug(project)) co_return std::nullopt;
  auto answer = co_await account_.json("workflow/" + workflow);
  if (!answer) co_return failed(answer);
  if (!answer->is_object()) co_return std::nullopt;
  const std::string of = text_at(answer->get_object(), "pipeline_id");
  if (of.empty() || hook::key_part(of) != of) co_return std::nullopt;
  auto pipeline = co_await account_.json("pipeline/" + of);
  if (!pipeline) co_return failed(pipeline);
  if (!pipeline->is_object()) co_return std::nullopt;
  std::vector<std::string> notes;
  auto run = run_of(answer->get_object(), pipeline->get_object(), project, settings_->web, notes);
  if (!run) co_return unreachable("an answer that is no workflow: " + run.error().what);
  co_return std::move(*run);
}

Task<void> CircleCIApi::complete(hook::Run& run) {
  const std::string workflow = workflow_of(run.id);
  if (workflow.empty()) co_return ok();
  auto jobs = co_await items("workflow/" + workflow + "/job", most_pages_of_jobs);
  if (!jobs) co_return failed(jobs);
  if (jobs->cut) remark_jobs_cut(run, jobs->items.size());
  std::vector<hook::Job> listed;
  for (const json::value& item : jobs->items) {
    std::vector<std::string> notes;
    const json::object& object = item.get_object();
    if (text_at(object, "type") == "approval") continue;
    if (auto job = job_of(object, run, notes)) listed.push_back(std::move(*job));
  }
  if (!listed.empty()) run.jobs = std::move(listed);
  co_return ok();
}

Task<std::string> CircleCIApi::log(const std::string& /*project*/, const std::string& /*job*/,
                                   std::size_t /*most*/) {
  co_return rejected("CircleCI's API yields no logs");
}

}  // namespace carillon::source::circleci
