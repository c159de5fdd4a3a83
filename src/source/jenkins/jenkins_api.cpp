#include "source/jenkins/jenkins_api.hpp"

#include <algorithm>
#include <charconv>

#include "source/jenkins/jenkins_run.hpp"

namespace carillon::source::jenkins {
namespace {

constexpr std::size_t builds_in_a_page = 20;
constexpr std::size_t builds_in_memory = 100;  // of these Jenkins makes the list "builds"
constexpr std::size_t most_builds = 1000;
constexpr std::size_t most_pages_of_jobs = 50;
constexpr std::size_t most_broken_jobs = 3;
constexpr std::string_view report_fields =
    "suites[cases[className,name,status]],childReports[result[suites[cases[className,name,status]]]]";

hook::Account::Access access_of(const Settings& settings) {
  hook::Account::Access access;
  access.base = settings.url;
  access.headers = {{"Accept", "application/json, text/plain"}, {"User-Agent", "carillon/" CARILLON_VERSION}};
  access.auth = settings.auth;
  access.verify = settings.verify;
  return access;
}

std::optional<std::size_t> text_size(const http::Response& response) {
  const auto text = response.header("x-text-size");
  std::size_t size = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), size).ec != std::errc())
    return std::nullopt;
  return size;
}

}  // namespace

JenkinsApi::JenkinsApi(std::shared_ptr<const Settings> settings, http::Client& http, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock), account_(http, clock, access_of(*settings_)) {}

Task<std::vector<ListedJob>> JenkinsApi::list() {
  JobList all;
  all.more.push_back({"", 0});
  for (std::size_t page = 0; !all.more.empty() && page < most_pages_of_jobs; ++page) {
    const JobList::More next = all.more.back();
    all.more.pop_back();
    auto answer = co_await account_.json(api_address(address_of_job(next.folder), jobs_tree(next.from)));
    if (!answer) co_return failed(answer);
    if (answer->is_object()) {
      read_jobs(answer->get_object(), next.folder, next.from, all);
    } else if (next.folder.empty()) {
      co_return unreachable("no Jenkins answers at " + settings_->url + "api/json");
    }
  }
  if (!all.more.empty())
    remark("Jenkins has more jobs than a look reads: those behind the " + std::to_string(all.jobs.size()) +
           " first are not looked at");
  co_return std::move(all.jobs);
}

Task<void> JenkinsApi::read_builds(ListedJob job, const KnownJob* known, std::int64_t since,
                                   std::vector<hook::Run>& found) {
  // Its numbers may begin anew.
  if (known != nullptr && is_made_again(job, *known)) known = nullptr;
  KnownJob now{job.last, job.building, {}, job.began};
  std::vector<hook::Run> news;
  bool reaches_the_known = false;
  for (std::size_t from = 0; from < most_builds && !reaches_the_known; from += builds_in_a_page) {
    const std::string list = from < builds_in_memory ? "builds" : "allBuilds";
    const std::string range =
        "{" + std::to_string(from) + "," + std::to_string(from + builds_in_a_page) + "}";
    auto answer = co_await account_.json(
        api_address(address_of_job(job.job), list + "[" + std::string(build_fields) + "]" + range));
    if (!answer) co_return failed(answer);
    // Else it was deleted meanwhile.
    const auto builds =
        answer->is_object() ? objects_at(answer->get_object(), list) : std::vector<const json::object*>();
    reaches_the_known = builds.size() < builds_in_a_page;
    for (const json::object* one : builds) {
      Notes notes;
      auto run = run_of_build(*settings_, job.job, *one, notes);
      if (!run) co_return unreachable("an answer that is no build: " + run.error().what);
      if (run->number > now.last) now.began = run->started.value_or(0);
      now.last = std::max(now.last, run->number);
      if (known != nullptr && run->number == known->last && run->started.value_or(0) != known->began)
        known = nullptr;
      if (run->state.phase != hook::Phase::ended) now.running.insert(run->number);
      if (is_news(*run, known, since)) {
        news.push_back(std::move(*run));
      } else {
        reaches_the_known = true;
      }
    }
  }
  if (!reaches_the_known) remark_cut(job.job, since, news.back().started.value_or(since));
  // In the order in which they ran.
  std::ranges::reverse(news);
  for (hook::Run& run : news) {
    found_.insert(run.id);
    found.push_back(std::move(run));
  }
  next_[job.job] = std::move(now);
  co_return ok();
}

Task<void> JenkinsApi::look_at_job(ListedJob job, std::int64_t since, std::size_t& broken,
                                   std::vector<hook::Run>& found) {
  const auto known = known_.find(job.job);
  const KnownJob* before = known == known_.end() ? nullptr : &known->second;
  if (!has_news(job, before, since)) {
    if (before == nullptr) next_[job.job] = {job.last, job.building, {}, job.began};
    co_return ok();
  }
  auto read = co_await read_builds(std::move(job), before, since, found);
  // One job that Jenkins cannot show keeps nobody from the others.
  if (!read && read.error().kind == Failure::Kind::unreachable && ++broken <= most_broken_jobs)
    co_return rejected(read.error().what);
  co_return read;
}

Task<std::vector<hook::Run>> JenkinsApi::changed_since(std::int64_t since,
                                                       const std::set<std::string>& /*projects*/) {
  found_.clear();
  next_.clear();
  const auto jobs = co_await list();
  if (!jobs) co_return failed(jobs.error());
  std::map<std::string, ListedJob> wanted;
  std::set<std::string> names;
  for (const ListedJob& job : *jobs) {
    if (settings_->wants(job.job) && names.insert(job.job).second) wanted.emplace(job.job, job);
  }
  std::vector<hook::Run> found;
  std::size_t broken = 0;
  const auto look = [&](const std::string& name, std::int64_t from) {
    return look_at_job(wanted.at(name), from, broken, found);
  };
  // The list was shown to the token.
  if (auto looked = co_await look_at_each(names, since, look, true); !looked) co_return failed(looked);
  std::erase_if(known_, [&](const auto& one) { return !names.contains(one.first); });
  co_return found;
}

void JenkinsApi::taken() {
  for (auto& [job, known] : next_)
    known_[job] = std::move(known);
  next_.clear();
}

Task<std::optional<hook::Run>> JenkinsApi::build(BuildName name) {
  auto answer = co_await account_.json(api_address(address_of_build(name), build_fields));
  if (!answer) co_return failed(answer);
  if (!answer->is_object()) co_return std::nullopt;
  Notes notes;
  auto run = run_of_build(*settings_, name.job, answer->get_object(), notes);
  if (!run) co_return unreachable("an answer that is no build: " + run.error().what);
  co_return std::move(*run);
}

Task<std::optional<hook::Run>> JenkinsApi::run(const std::string& /*project*/, const std::string& id) {
  auto name = build_of_id(id);
  if (!name) co_return std::nullopt;
  co_return co_await build(std::move(*name));
}

Task<void> JenkinsApi::complete(hook::Run& run) {
  auto name = build_of_id(run.id);
  if (!name) co_return ok();
  const std::string address = address_of_build(*name);
  if (!found_.contains(run.id)) {
    // A hook told of it.
    auto known = co_await build(std::move(*name));
    if (!known) co_return failed(known);
    // Or that is another build, of a job that was made again meanwhile.
    if (*known && (run.posted_as.empty() || run.id == (*known)->id)) {
      fill_in(run, **known);
      rename(run, **known);
    }
  }
  if (!run.tests || run.tests->failed == 0 || !run.tests->failed_names.empty()) co_return ok();
  // Reports can be large; the numbers are known without.
  auto report = co_await account_.json(api_address(address + "testReport/", report_fields));
  if (report && report->is_object()) run.tests->failed_names = failed_tests(report->get_object());
  co_return ok();
}

// Jenkins says how long a log is only together with the log.
Task<std::string> JenkinsApi::log(const std::string& project, const std::string& /*job*/, std::size_t most) {
  const auto name = build_of_id(project);
  if (!name) co_return rejected("no such build");
  const std::string path = address_of_build(*name) + "logText/progressiveText?start=";
  std::size_t start = 0;
  auto answer = co_await account_.get_up_to(path + "0", most);
  if (!answer) co_return failed(answer);
  if (const auto size = text_size(*answer); answer->too_large && size && *size > most) {
    start = *size - most;
    answer = co_await account_.get_up_to(path + std::to_string(start), most);
    if (!answer) co_return failed(answer);
  }
  if (answer->status == 404) co_return rejected("its log is not kept");
  if (auto judged = http::judge(*answer, clock_.now() / 1000); !judged) co_return failed(judged);
  std::string text = std::move(answer->body);
  // It begins amid a line.
  if (const auto end = text.find('\n'); start > 0 && end != std::string::npos) text.erase(0, end + 1);
  co_return text;
}

}  // namespace carillon::source::jenkins
