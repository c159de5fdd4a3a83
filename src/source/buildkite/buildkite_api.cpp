#include "source/buildkite/buildkite_api.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "source/buildkite/buildkite_run.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::buildkite {
namespace {

constexpr int most_pages_of_builds = hook::most_in_a_list / 100;
constexpr int most_pages_of_a_pipeline = 20;

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

std::optional<hook::Run> BuildkiteApi::read(const json::value& item) const {
  const json::object* build = item.if_object();
  const json::object* pipeline = build == nullptr ? nullptr : object_at(*build, "pipeline");
  if (pipeline == nullptr) return std::nullopt;
  std::vector<std::string> notes;
  auto run = run_of(*build, *pipeline, settings_->keep, notes);
  if (!run || !is_slug(run->project) || !settings_->wants(run->project)) return std::nullopt;
  return std::move(*run);
}

Task<void> BuildkiteApi::list(std::string query, std::int64_t since, std::vector<hook::Run>& found) {
  auto builds = co_await account_.list(
      "builds?" + query + "&exclude_jobs=true&exclude_pipeline=false&per_page=100", most_pages_of_builds);
  if (!builds) co_return failed(builds);
  for (const json::value& item : builds->items) {
    if (auto run = read(item)) found.push_back(std::move(*run));
  }
  if (builds->cut && builds->items.back().is_object())
    remark_cut(settings_->organization, since,
               hook::moment_at(builds->items.back().get_object(), "created_at").value_or(since));
  co_return ok();
}

Task<std::vector<hook::Run>> BuildkiteApi::changed_since(std::int64_t since,
                                                         const std::set<std::string>& /*projects*/) {
  if (const auto rest = account_.rest(); rest.count() > 0)
    co_return throttled("less than a tenth of the account's requests is left", rest);
  std::vector<hook::Run> found;
  auto listed = co_await list("finished_from=" + percent_encode(hook::iso_of(since)), since, found);
  if (listed)
    listed = co_await list("state%5B%5D=running&state%5B%5D=scheduled&state%5B%5D=failing", since, found);
  if (!listed) co_return failed(listed);
  // Tries are counted in this order.
  std::ranges::sort(found, {}, [](const hook::Run& run) { return run.ended.value_or(0); });
  co_return found;
}

Task<std::optional<hook::Run>> BuildkiteApi::run(const std::string& project, const std::string& id) {
  std::optional<hook::Run> same;
  if (!is_slug(project)) co_return same;
  const auto has_it = [&](const json::array& page) {
    for (const json::value& item : page) {
      auto run = read(item);
      if (run && run->id == id) same = std::move(run);
    }
    return same.has_value();
  };
  auto listed = co_await account_.list("pipelines/" + project + "/builds?exclude_jobs=true&per_page=100",
                                       most_pages_of_a_pipeline, has_it);
  if (!listed) co_return failed(listed);
  if (listed->cut)
    remark(project + ", " + id + ": is not among the last " + std::to_string(listed->items.size()) +
           " builds: how it ended is not seen");
  co_return same;
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
