#include "source/woodpecker/woodpecker_api.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/run_id.hpp"
#include "source/woodpecker/woodpecker_run.hpp"

namespace carillon::source::woodpecker {
namespace {

constexpr std::size_t page_size = 50;
constexpr int most_pages = hook::most_in_a_list / page_size;
// Pipelines are listed by when they were made: a long one that has ended since was made before.
constexpr std::int64_t longest_pipeline = 6 * 3600;

hook::Account::Access access_of(const WoodpeckerApi::Where& where) {
  hook::Account::Access access;
  access.base = where.url + "api/";
  access.headers = {{"Authorization", "Bearer " + where.token.reveal()},
                    {"Accept", "application/json"},
                    {"User-Agent", "carillon/" CARILLON_VERSION}};
  access.verify = where.verify;
  return access;
}

std::string page_of(int number) {
  return "page=" + std::to_string(number) + "&perPage=" + std::to_string(page_size);
}

}  // namespace

WoodpeckerApi::WoodpeckerApi(Where where, http::Client& http, const Clock& clock)
    : where_(std::move(where)), account_(http, clock, access_of(where_)) {}

Task<json::object> WoodpeckerApi::repository(const std::string& name) {
  const auto known = known_.find(name);
  if (known != known_.end()) co_return known->second;
  auto answer = co_await account_.json("repos/lookup/" + name);
  if (!answer) co_return failed(answer);
  if (!answer->is_object())
    co_return rejected("there is no repository " + name + ", or the token may not see it");
  known_[name] = answer->get_object();
  co_return known_[name];
}

Task<std::set<std::string>> WoodpeckerApi::repositories() {
  std::set<std::string> all;
  bool any_pattern = !where_.repos;
  for (const std::string& name : where_.repos.value_or(std::vector<std::string>())) {
    if (name.find('*') == std::string::npos) {
      all.insert(name);
    } else {
      any_pattern = true;
    }
  }
  if (!any_pattern) co_return all;
  auto answer = co_await account_.json("user/repos");
  if (!answer) co_return failed(answer);
  if (!answer->is_array()) co_return all;
  for (const json::value& item : answer->get_array()) {
    if (!item.is_object()) continue;
    const std::string name = text_at(item.get_object(), "full_name");
    const json::value* active = item.get_object().if_contains("active");
    if (!hook::is_repository(name) || !hook::wants(where_.repos, name)) continue;
    if (active != nullptr && active->is_bool() && !active->get_bool()) continue;
    known_[name] = item.get_object();
    all.insert(name);
  }
  co_return all;
}

Task<void> WoodpeckerApi::list_pipelines(std::string name, std::int64_t since,
                                         std::vector<hook::Run>& found) {
  const auto repository = co_await this->repository(name);
  if (!repository) co_return failed(repository.error());
  const auto id = integer_at(*repository, "id");
  if (!id) co_return ok();
  // Woodpecker 2 knows no `after`: then it is read until it is old enough.
  const std::int64_t after = since - longest_pipeline;
  std::optional<std::int64_t> oldest;
  const std::string path =
      "repos/" + std::to_string(*id) + "/pipelines?after=" + percent_encode(hook::iso_of(after)) + "&";
  for (int number = 1; number <= most_pages; ++number) {
    auto answer = co_await account_.json(path + page_of(number));
    if (!answer) co_return failed(answer);
    const json::array* items = answer->if_array();
    if (items == nullptr || items->empty()) co_return ok();
    bool any_new = false;
    for (const json::value& item : *items) {
      if (!item.is_object()) continue;
      std::vector<std::string> notes;
      auto run = run_of(item.get_object(), *repository, where_.url, notes);
      if (!run) continue;
      any_new |= run->submitted.value_or(since) >= after;
      oldest = run->submitted;
      if (!run->ended || *run->ended >= since) found.push_back(std::move(*run));
    }
    if (!any_new || items->size() < page_size) co_return ok();
  }
  remark_cut(name, since, oldest.value_or(since));
  co_return ok();
}

Task<std::vector<hook::Run>> WoodpeckerApi::changed_since(std::int64_t since,
                                                          const std::set<std::string>& /*projects*/) {
  std::vector<hook::Run> found;
  const auto all = co_await repositories();
  if (!all) co_return failed(all.error());
  auto looked = co_await look_at_each(*all, since, [&](const std::string& name, std::int64_t from) {
    return list_pipelines(name, from, found);
  });
  if (!looked) co_return failed(looked);
  co_return found;
}

Task<std::optional<hook::Run>> WoodpeckerApi::run(const std::string& project, const std::string& id) {
  const auto parts = hook::parts_of(id, "pipeline-", 2);
  if (!parts || parts->attempt.empty() || !hook::is_repository(project)) co_return std::nullopt;
  auto of = co_await repository(project);
  if (!of) co_return failed(of);
  auto answer = co_await account_.json("repos/" + parts->numbers[0] + "/pipelines/" + parts->numbers[1]);
  if (!answer) co_return failed(answer);
  if (!answer->is_object()) co_return std::nullopt;
  std::vector<std::string> notes;
  auto run = run_of(answer->get_object(), *of, where_.url, notes);
  if (!run) co_return unreachable("an answer that is no pipeline: " + run.error().what);
  // Of a try that another one followed nothing more is known.
  if (run->id != id) co_return std::nullopt;
  co_return std::move(*run);
}

Task<void> WoodpeckerApi::complete(hook::Run& run) {
  if (!run.jobs.empty()) co_return ok();
  auto whole = co_await this->run(run.project, run.id);
  if (!whole) co_return failed(whole.error());
  if (*whole) run.jobs = std::move((*whole)->jobs);
  co_return ok();
}

Task<std::string> WoodpeckerApi::log(const std::string& /*project*/, const std::string& /*job*/,
                                     std::size_t /*most*/) {
  co_return rejected("logs of Woodpecker's steps are not asked for");
}

}  // namespace carillon::source::woodpecker
