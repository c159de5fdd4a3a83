#include "source/circleci/circleci_api.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "source/circleci/circleci_run.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::circleci {
namespace {

constexpr std::int64_t re_runs_within = std::int64_t{3} * 24 * 3600;  // older pipelines are left alone
constexpr std::int64_t deep_look_every = 3600;
constexpr int most_pages_of_pipelines = 20;
constexpr int most_pages_of_workflows = 5;
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

Task<json::array> CircleCIApi::items(std::string path, int most_pages, std::int64_t created) {
  json::array all;
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
      all.emplace_back(*item);
    }
    page = text_at(object, "next_page_token");
    if (too_old || page.empty()) break;
  }
  co_return all;
}

Task<void> CircleCIApi::look_at(const std::string& slug, std::int64_t created, std::int64_t since,
                                std::vector<hook::Run>& found) {
  auto pipelines = co_await items("project/" + slug + "/pipeline", most_pages_of_pipelines, created);
  if (!pipelines) co_return failed(pipelines);
  for (const json::value& item : *pipelines) {
    const json::object& pipeline = item.get_object();
    const std::string id = text_at(pipeline, "id");
    if (id.empty() || hook::key_part(id) != id) continue;
    auto workflows = co_await items("pipeline/" + id + "/workflow", most_pages_of_workflows);
    if (!workflows) co_return failed(workflows);
    for (const json::value& workflow : *workflows) {
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
  std::set<std::string> slugs;
  for (const std::string& project : projects) {
    if (is_slug(project) && settings_->wants(project)) slugs.insert(project);
  }
  for (const std::string& pattern : settings_->projects.value_or(std::vector<std::string>())) {
    if (is_slug(pattern)) slugs.insert(pattern);
  }
  // A workflow that is run again is one of an older pipeline.
  const bool deep = now - deep_look_ >= deep_look_every;
  const std::int64_t created = deep ? std::min(since, now - re_runs_within) : since;
  std::vector<hook::Run> found;
  for (const std::string& slug : slugs) {
    if (auto looked = co_await look_at(slug, created, since, found); !looked) co_return failed(looked);
  }
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
  std::vector<hook::Job> listed;
  for (const json::value& item : *jobs) {
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
