#include "source/jenkins/run_parts.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "source/heard/posted_objects.hpp"
#include "source/hook/body.hpp"

namespace carillon::source::jenkins {
namespace {

using hook::Phase;

constexpr std::size_t most_log = std::size_t{64} << 10U;

// "PR-7", as multibranch jobs call those of pull requests, also "PR-7-merge"; "MR-7" of GitLab.
void read_pull_request(hook::Run& run) {
  const auto slash = run.project.rfind('/');
  if (slash == std::string::npos) return;
  std::string_view last = std::string_view(run.project).substr(slash + 1);
  const bool of_gitlab = last.starts_with("MR-");
  if (!of_gitlab && !last.starts_with("PR-")) return;
  last.remove_prefix(3);
  for (const std::string_view end : {"-merge", "-head"}) {
    if (last.ends_with(end)) last.remove_suffix(end.size());
  }
  if (!is_digits(last) || last.size() > 9) return;
  run.pull_request = std::stoll(std::string(last));
  run.branch = (of_gitlab ? "refs/merge-requests/" : "refs/pull/") + std::string(last) + "/head";
  // Jenkins does not say from where it is: whoever opened it may have chosen names and addresses.
  run.from_fork = true;
  run.event = "pull_request";
}

// "main" of "origin/main" and "refs/remotes/origin/main".
std::string plain_branch(std::string_view text) {
  constexpr std::string_view remotes = "refs/remotes/";
  if (text.starts_with(remotes)) {
    text.remove_prefix(remotes.size());
    return std::string(text.substr(text.find('/') + 1));
  }
  for (const std::string_view begin : {"refs/heads/", "origin/", "*/"}) {
    if (text.starts_with(begin)) return std::string(text.substr(begin.size()));
  }
  return text == "detached" ? "" : std::string(text);
}

std::string event_of_cause(const std::string& cause, bool by_somebody) {
  if (by_somebody) return "manual";
  const std::string text = lower(cause);
  const std::pair<std::string_view, const char*> events[] = {{"pull request", "pull_request"},
                                                             {"merge request", "pull_request"},
                                                             {"push", "push"},
                                                             {"scm change", "push"},
                                                             {"timer", "schedule"},
                                                             {"upstream", "upstream"}};
  for (const auto& [word, event] : events) {
    if (text.find(word) != std::string::npos) return event;
  }
  return {};
}

// Jenkins has no number for a build. Larger ones are those that the store gives.
std::int64_t number_of(std::string_view id) {
  constexpr auto most = static_cast<std::uint64_t>(heard::first_own_id);
  return static_cast<std::int64_t>(std::stoull(short_hash(id), nullptr, 16) % most);
}

}  // namespace

hook::Run begin_run(const Settings& settings, const BuildName& build) {
  hook::Run run;
  run.id = id_of(build);
  if (build.queue > 0) run.posted_as = id_of({build.job, build.number});
  run.numeric_id = number_of(run.id);
  run.number = build.number;
  run.project = build.job;
  run.url = settings.url + address_of_build(build);
  read_pull_request(run);
  return run;
}

void read_branch(hook::Run& run, std::string_view text) {
  std::string branch = plain_branch(text);
  if (!run.pull_request) {
    run.branch = std::move(branch);
  } else if (!branch.starts_with("PR-") && !branch.starts_with("MR-")) {
    run.head_branch = std::move(branch);
  }
}

// Without a login.
std::string clone_address(const std::string& text) {
  const auto url = Url::parse(text);
  if (!url || !url->is_http() || url->login.empty()) return text;
  std::string address = text;
  address.erase(static_cast<std::size_t>(url->login.data() - text.data()), url->login.size());
  return address;
}

bool is_somebody(std::string_view user) {
  return !user.empty() && user != "SYSTEM" && user != "anonymous";
}

void set_result(hook::Run& run, const std::string& word, Notes& notes) {
  const auto state = hook::state_of(word);
  const bool known = state && state->phase == Phase::ended;
  if (!known) notes.push_back("unknown result '" + word + "'");
  run.state = known ? *state : hook::State{Phase::ended, Results::exception};
  // A build that is finalized with another result than it was completed with ends once more.
  run.occurrence = hook::key_part(lower(word));
}

// What is said of it, and its log.
void finish(hook::Run& run, const Settings& settings, std::string log) {
  if (run.state.phase != Phase::ended) return;
  if (run.tests && run.tests->failed > 0)
    run.said =
        std::to_string(run.tests->failed) + " of " + std::to_string(run.tests->total) + " tests failed";
  const bool good = run.state.results == Results::success || run.state.results == Results::skipped;
  if (good || (!settings.polls && log.empty())) return;
  hook::Job job;
  job.id = std::to_string(run.numeric_id.value_or(0));
  job.name = "console";
  job.state = run.state;
  job.started = run.started;
  job.ended = run.ended;
  job.url = run.url + "console";
  job.has_log = settings.polls;
  job.whole_run = run.id;
  if (!job.has_log) job.log = log.substr(log.size() - std::min(log.size(), most_log));
  run.jobs = {std::move(job)};
}

void keep_parameter(hook::Run& run, const Settings& settings, std::string_view name,
                    const json::value& value) {
  if (std::ranges::find(settings.keep, name) == settings.keep.end()) return;
  if (value.is_string() || value.is_number() || value.is_bool())
    run.properties.emplace_back(std::string(name), value);
}

void set_culprits(hook::Run& run, const std::vector<std::string>& culprits) {
  if (!culprits.empty()) run.properties.emplace_back("jenkins_culprits", json::value(joined(culprits, ", ")));
}

std::vector<std::string> texts_at(const json::object& object, std::string_view path, std::size_t most) {
  std::vector<std::string> texts;
  const json::array* list = array_at(object, path);
  if (list == nullptr) return texts;
  for (const json::value& item : *list) {
    if (item.is_string() && texts.size() < most) texts.emplace_back(item.get_string());
  }
  return texts;
}

void read_cause(hook::Run& run, const std::string& cause, const std::string& user) {
  if (run.reason.empty()) run.reason = cause;
  if (run.owner.empty() && is_somebody(user)) run.owner = user;
  if (run.event.empty()) run.event = event_of_cause(cause, is_somebody(user));
}

std::int64_t queue_of(const json::object& build) {
  constexpr std::int64_t most = 1'000'000'000'000'000'000;
  auto id = integer_at(build, "queue_id");
  if (!id) id = integer_at(build, "queueId");
  return id && *id > 0 && *id < most ? *id : 0;
}

void read_queue(hook::Run& run, const json::object& build, std::string_view shown) {
  if (const std::int64_t id = queue_of(build); id > 0) run.properties.emplace_back("jenkins_queue_id", id);
  const std::string name = text_at(build, shown);
  if (!name.empty() && name != "#" + std::to_string(run.number))
    run.properties.emplace_back("jenkins_display_name", json::value(name));
}

Result<std::int64_t> need_number(const json::object& body, std::string_view path) {
  auto number = hook::need_integer(body, path);
  if (number && *number < 0) return rejected(std::string(path) + ": must not be negative");
  return number;
}

}  // namespace carillon::source::jenkins
