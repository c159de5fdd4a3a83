#include "source/azure/azure_api.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/run_id.hpp"

namespace carillon::source::azure {
namespace {

constexpr std::string_view api_version = "api-version=6.0";
constexpr int most_pages = 100;
// Builds are listed by when they were queued: a long one that has ended since was queued before.
constexpr std::int64_t longest_build = 6 * 3600;

hook::Account::Access access_of(const Settings& settings) {
  hook::Account::Access access;
  access.base = settings.url;
  access.headers = {{"Accept", "application/json"}, {"User-Agent", "carillon/" CARILLON_VERSION}};
  // Any user name will do.
  access.auth = http::Auth{http::Auth::Scheme::basic, "carillon", settings.token};
  access.verify = settings.verify;
  return access;
}

}  // namespace

AzureApi::AzureApi(std::shared_ptr<const Settings> settings, std::shared_ptr<ProjectNames> names,
                   http::Client& http, const Clock& clock)
    : settings_(std::move(settings)),
      names_(std::move(names)),
      clock_(clock),
      account_(http, clock, access_of(*settings_)) {}

Task<AzureApi::Answer> AzureApi::ask(std::string path) {
  auto answer = co_await account_.get(std::move(path));
  if (!answer) co_return failed(answer);
  Answer read;
  if (answer->status == 404) co_return read;
  // A token that is no good is answered with a page to sign in.
  if (answer->status == 203 || answer->status == 302) co_return rejected("the token is not accepted");
  if (auto judged = http::judge(*answer, clock_.now() / 1000); !judged) co_return failed(judged);
  boost::system::error_code error;
  read.body = boost::json::parse(answer->body, error);
  if (error || !read.body.is_object()) co_return unreachable("the answer is no JSON object");
  read.more = answer->header("x-ms-continuationtoken").value_or("");
  co_return read;
}

Task<AzureApi::List> AzureApi::list(std::string path) {
  List all;
  std::string more;
  for (int page = 0; page < most_pages; ++page) {
    auto answer = co_await ask(path + more);
    if (!answer) co_return failed(answer);
    if (!answer->body.is_object()) co_return all;
    for (const json::object* item : objects_at(answer->body.get_object(), "value"))
      all.items.push_back(*item);
    if (answer->more.empty()) co_return all;
    more = "&continuationToken=" + percent_encode(answer->more);
  }
  all.cut = true;
  co_return all;
}

Task<void> AzureApi::know_projects() {
  auto projects = co_await list("_apis/projects?$top=500&" + std::string(api_version));
  if (!projects) co_return failed(projects);
  for (const json::object& project : projects->items)
    (*names_)[text_at(project, "id")] = text_at(project, "name");
  if (projects->cut)
    remark("the API lists more than " + std::to_string(projects->items.size()) +
           " projects: the others are called by their ids");
  co_return ok();
}

Task<void> AzureApi::list_builds(std::string project, std::int64_t since, std::vector<hook::Run>& found) {
  const auto builds = co_await list(percent_encode(project) + "/_apis/build/builds?minTime=" +
                                    percent_encode(hook::iso_of(since - longest_build)) +
                                    "&queryOrder=queueTimeAscending&" + std::string(api_version));
  if (!builds) co_return failed(builds.error());
  for (const json::object& build : builds->items) {
    std::vector<std::string> notes;
    auto run = build_of(build, notes);
    if (run && (!run->ended || *run->ended >= since)) found.push_back(std::move(*run));
  }
  // The oldest come first.
  if (builds->cut)
    remark_cut(project, hook::moment_at(builds->items.back(), "queueTime").value_or(since),
               clock_.now() / 1000);
  co_return ok();
}

Task<std::vector<hook::Run>> AzureApi::changed_since(std::int64_t since,
                                                     const std::set<std::string>& projects) {
  std::vector<hook::Run> found;
  if (auto known = co_await know_projects(); !known) co_return failed(known);
  std::set<std::string> all(settings_->projects.begin(), settings_->projects.end());
  for (const std::string& project : projects) {
    if (settings_->wants(project)) all.insert(project);
  }
  all.erase("");
  // The list of projects was shown to the token.
  auto looked = co_await look_at_each(
      std::move(all), since,
      [&](const std::string& project, std::int64_t from) { return list_builds(project, from, found); }, true);
  if (!looked) co_return failed(looked);
  co_return found;
}

Task<std::optional<hook::Run>> AzureApi::run(const std::string& project, const std::string& id) {
  const std::string number = hook::number_of(id, "run-");
  if (number.empty() || project.empty()) co_return std::nullopt;
  auto answer = co_await ask(percent_encode(project) + "/_apis/build/builds/" + number + "?" +
                             std::string(api_version));
  if (!answer) co_return failed(answer);
  if (!answer->body.is_object()) co_return std::nullopt;
  std::vector<std::string> notes;
  auto run = build_of(answer->body.get_object(), notes);
  if (!run) co_return unreachable("an answer that is no build: " + run.error().what);
  co_return std::move(*run);
}

// A run that has changed its state brings no commit, a build no name of its project.
Task<void> AzureApi::complete(hook::Run& run) {
  auto whole = co_await this->run(run.project, run.id);
  if (!whole) co_return failed(whole.error());
  if (!*whole) co_return ok();
  hook::Run& known = **whole;
  // What has ended stays as it was told: it is known by that.
  known.state = run.state;
  known.ended = run.ended ? run.ended : known.ended;
  known.occurrence = run.occurrence;
  known.attempt = run.attempt;
  known.project = run.project;
  known.pipeline = run.pipeline;
  if (known.url.empty()) known.url = run.url;
  if (known.jobs.empty()) known.jobs = run.jobs;
  run = std::move(known);
  co_return ok();
}

Task<std::string> AzureApi::log(const std::string& /*project*/, const std::string& /*job*/,
                                std::size_t /*most*/) {
  co_return rejected("logs of Azure's jobs are not asked for");
}

}  // namespace carillon::source::azure
