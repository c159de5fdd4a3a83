#include "source/teamcity/teamcity_api.hpp"

#include "base/text.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/run_id.hpp"
#include "source/teamcity/teamcity_run.hpp"

namespace carillon::source::teamcity {
namespace {

constexpr int page_size = 100;
constexpr int most_pages = hook::most_in_a_list / page_size;
// Builds are listed by when they began: a long one that has ended since began before.
constexpr std::int64_t longest_build = 6 * 3600;

hook::Account::Access access_of(const std::string& url, const Secret& token, bool verify) {
  hook::Account::Access access;
  access.base = url + "app/rest/";
  access.headers = {{"Authorization", "Bearer " + token.reveal()},
                    {"Accept", "application/json"},
                    {"User-Agent", "carillon/" CARILLON_VERSION}};
  access.verify = verify;
  return access;
}

// "20260504T100731%2B0000"
std::string locator_date(std::int64_t seconds) {
  std::string text = hook::iso_of(seconds);
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  return text + "%2B0000";
}

}  // namespace

TeamCityApi::TeamCityApi(const std::string& url, const Secret& token, bool verify, http::Client& http,
                         const Clock& clock)
    : account_(http, clock, access_of(url, token, verify)) {}

Task<std::vector<hook::Run>> TeamCityApi::changed_since(std::int64_t since,
                                                        const std::set<std::string>& /*projects*/) {
  std::vector<hook::Run> found;
  std::optional<std::int64_t> oldest;
  for (int page = 0; page < most_pages; ++page) {
    auto answer = co_await account_.json("builds?locator=sinceDate:" + locator_date(since - longest_build) +
                                         ",state:any,branch:default:any,count:" + std::to_string(page_size) +
                                         ",start:" + std::to_string(page * page_size) + "&fields=build(" +
                                         std::string(fields()) + ")");
    if (!answer) co_return failed(answer);
    if (!answer->is_object()) co_return unreachable("there is no list of builds");
    const auto builds = objects_at(answer->get_object(), "build");
    for (const json::object* build : builds) {
      std::vector<std::string> notes;
      auto run = run_of(*build, notes);
      if (run && run->started) oldest = run->started;
      if (run && (!run->ended || *run->ended >= since)) found.push_back(std::move(*run));
    }
    if (builds.size() < static_cast<std::size_t>(page_size)) co_return found;
  }
  remark_cut("all builds", since, oldest.value_or(since));
  co_return found;
}

Task<std::optional<hook::Run>> TeamCityApi::run(const std::string& /*project*/, const std::string& id) {
  const std::string number = hook::number_of(id, "build-");
  // Without an id of TeamCity's own it cannot be asked for.
  if (number.empty()) co_return std::nullopt;
  auto answer = co_await account_.json("builds/id:" + number + "?fields=" + std::string(fields()));
  if (!answer) co_return failed(answer);
  if (!answer->is_object()) co_return std::nullopt;
  std::vector<std::string> notes;
  auto run = run_of(answer->get_object(), notes);
  if (!run) co_return unreachable("an answer that is no build: " + run.error().what);
  co_return std::move(*run);
}

// A hook may have left out anything. What it says of the end stays.
Task<void> TeamCityApi::complete(hook::Run& run) {
  auto whole = co_await this->run(run.project, run.id);
  if (!whole) co_return failed(whole.error());
  if (!*whole) co_return ok();
  hook::Run& known = **whole;
  known.state = run.state;
  known.id = run.id;
  if (!known.ended) known.ended = run.ended;
  if (known.project.empty()) known.project = run.project;
  run = std::move(known);
  co_return ok();
}

Task<std::string> TeamCityApi::log(const std::string& /*project*/, const std::string& /*job*/,
                                   std::size_t /*most*/) {
  co_return rejected("steps of TeamCity have no logs of their own");
}

}  // namespace carillon::source::teamcity
