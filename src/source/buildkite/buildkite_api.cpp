#include "source/buildkite/buildkite_api.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "source/buildkite/buildkite_run.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::buildkite {
namespace {

constexpr int most_pages_of_builds = 20;

hook::Account::Access access_of(const Settings& settings) {
  hook::Account::Access access;
  access.base = settings.api + "v2/organizations/" + settings.organization + "/";
  access.headers = {{"Authorization", "Bearer " + settings.token.reveal()},
                    {"Accept", "application/json"},
                    {"User-Agent", "carillon/" CARILLON_VERSION}};
  access.verify = settings.verify;
  return access;
}

}  // namespace

BuildkiteApi::BuildkiteApi(std::shared_ptr<const Settings> settings, http::Client& http, const Clock& clock)
    : settings_(std::move(settings)), account_(http, clock, access_of(*settings_)) {}

Task<void> BuildkiteApi::list(std::string path, int most_pages, std::vector<hook::Run>& found) {
  auto builds = co_await account_.list(std::move(path), most_pages);
  if (!builds) co_return failed(builds);
  for (const json::value& item : *builds) {
    const json::object* build = item.if_object();
    const json::object* pipeline = build == nullptr ? nullptr : object_at(*build, "pipeline");
    if (pipeline == nullptr) continue;
    std::vector<std::string> notes;
    auto run = run_of(*build, *pipeline, settings_->keep, notes);
    if (run && is_slug(run->project) && settings_->wants(run->project)) found.push_back(std::move(*run));
  }
  co_return ok();
}

Task<std::vector<hook::Run>> BuildkiteApi::changed_since(std::int64_t since,
                                                         const std::set<std::string>& /*projects*/) {
  if (const auto rest = account_.rest(); rest.count() > 0)
    co_return throttled("less than a tenth of the account's requests is left", rest);
  std::vector<hook::Run> found;
  const std::string common = "&exclude_jobs=true&exclude_pipeline=false&per_page=100";
  const std::string from = percent_encode(hook::iso_of(since));
  if (auto listed = co_await list("builds?finished_from=" + from + common, most_pages_of_builds, found);
      !listed)
    co_return failed(listed);
  if (auto listed =
          co_await list("builds?state%5B%5D=running&state%5B%5D=scheduled&state%5B%5D=failing" + common,
                        most_pages_of_builds, found);
      !listed)
    co_return failed(listed);
  // Tries are counted in this order.
  std::ranges::sort(found, {}, [](const hook::Run& run) { return run.ended.value_or(0); });
  co_return found;
}

Task<std::optional<hook::Run>> BuildkiteApi::run(const std::string& project, const std::string& id) {
  if (!is_slug(project)) co_return std::nullopt;
  std::vector<hook::Run> found;
  const std::string path = "pipelines/" + project + "/builds?exclude_jobs=true&per_page=100";
  if (auto listed = co_await list(path, 2, found); !listed) co_return failed(listed);
  const auto same = std::ranges::find(found, id, &hook::Run::id);
  if (same == found.end()) co_return std::nullopt;
  co_return std::move(*same);
}

Task<void> BuildkiteApi::complete(hook::Run& run) {
  if (!is_slug(run.project)) co_return ok();
  auto build = co_await account_.json("pipelines/" + run.project + "/builds/" + std::to_string(run.number));
  if (!build) co_return failed(build);
  if (!build->is_object()) co_return ok();
  std::vector<hook::Job> listed;
  for (const json::object* object : objects_at(build->get_object(), "jobs")) {
    std::vector<std::string> notes;
    auto job = job_of(*object, notes);
    if (job && *job) listed.push_back(std::move(**job));
  }
  if (!listed.empty()) run.jobs = std::move(listed);
  co_return ok();
}

Task<std::string> BuildkiteApi::log(const std::string& /*project*/, const std::string& /*job*/,
                                    std::size_t /*most*/) {
  co_return rejected("jobs of Buildkite cannot be asked for their logs");
}

}  // namespace carillon::source::buildkite
