#include "source/hook/run_event.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/foreign_time.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "model/times.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::hook {
namespace {

constexpr std::size_t most_line = 200;        // characters of a text that stands on one line
constexpr std::size_t most_message = 10'000;  // bytes of a commit's message
constexpr std::size_t most_names = 50;

std::string line_of(std::string_view text) {
  return ellipsize(fold_to_line(valid_utf8(text)), most_line);
}

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(line_of(text));
}

// Only what a browser may open.
std::string web_address(std::string_view text) {
  const auto url = Url::parse(text);
  return url && url->is_http() && url->login.empty() ? std::string(text) : std::string();
}

// Nobody is behind such an address.
bool is_mailbox(std::string_view address) {
  const auto at = address.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < address.size() &&
         address.find("noreply") == std::string_view::npos &&
         address.find("[bot]") == std::string_view::npos &&
         address.find_first_of("<> \t\r\n,;") == std::string_view::npos;
}

bool is_bot(std::string_view login) {
  return login.ends_with("[bot]");
}

std::string author_of(const Run& run, const Shape& shape) {
  std::string name = line_of(run.commit.author);
  std::erase_if(name, [](char c) { return c == '<' || c == '>' || c == '@'; });
  const bool may_be_told = !run.from_fork || shape.trusts_forks;
  if (!may_be_told || !is_mailbox(run.commit.mail)) return name;
  if (name.empty()) return run.commit.mail;
  return name + " <" + run.commit.mail + ">";
}

json::array changes_of(const Run& run, const Shape& shape) {
  json::array changes;
  const Commit& commit = run.commit;
  const std::string author = author_of(run, shape);
  if (author.empty() && commit.message.empty()) return changes;
  json::object change;
  change["author"] = author;
  change["comments"] = valid_utf8(utf8_prefix(commit.message, most_message));
  change["revision"] = text_or_null(commit.revision.empty() ? run.revision : commit.revision);
  change["when_timestamp"] = moment_or_null(commit.when);
  change["branch"] = text_or_null(run.branch);
  change["repository"] = run.repository;
  change["project"] = run.project;
  change["codebase"] = "";
  change["category"] = nullptr;
  change["revlink"] = "";
  change["properties"] = json::object();
  json::array files;
  for (const std::string& file : commit.files)
    files.emplace_back(line_of(file));
  change["files"] = std::move(files);
  changes.push_back(std::move(change));
  return changes;
}

json::object sourcestamp_of(const Run& run) {
  json::object stamp;
  stamp["branch"] = text_or_null(run.branch);
  stamp["revision"] = text_or_null(run.revision);
  stamp["repository"] = run.repository;
  stamp["project"] = run.project;
  stamp["codebase"] = "";
  stamp["patch"] = nullptr;
  return stamp;
}

json::object properties_of(const Run& run, const Shape& shape) {
  json::object properties;
  const auto set = [&](std::string_view name, json::value value) {
    json::array pair;
    pair.reserve(2);
    pair.push_back(std::move(value));
    pair.emplace_back(shape.ci);
    properties.insert_or_assign(name, std::move(pair));
  };
  const auto set_text = [&](std::string_view name, std::string_view text) {
    if (!text.empty()) set(name, json::value(line_of(text)));
  };
  set("buildername", json::value(builder_of(run, shape)));
  if (run.state.phase != Phase::waits) set("buildnumber", json::value(run.number));
  set_text("branch", run.branch);
  set_text("revision", run.revision);
  set_text("got_revision", run.revision);
  set_text("repository", run.repository);
  set_text("project", run.project);
  set_text("workername", run.worker);
  set_text("reason", run.reason);
  set_text("scheduler", run.event);
  // Whoever made a fork's commit may have chosen it: no address.
  const bool is_chosen = run.from_fork && !shape.trusts_forks && run.owner.find('@') != std::string::npos;
  if (!is_bot(run.owner) && !is_chosen) {
    const auto known = shape.people.find(run.owner);
    set_text("owner", known == shape.people.end() ? run.owner : known->second);
  }
  set("attempt", json::value(run.attempt));
  set_text("run", run.of_run.empty() ? run.id : run.of_run);
  set_text("pullrequesturl", run.pull_request_url);
  if (run.pull_request) set("pull_request", json::value(*run.pull_request));
  set_text("head_repository", run.head_repository);
  set_text("head_branch", run.head_branch);
  set_text("base_branch", run.base_branch);
  for (const auto& [name, value] : run.properties)
    set(name, value.is_string() ? json::value(line_of(value.get_string())) : value);
  return properties;
}

json::object builder_object(const Run& run, const Shape& shape) {
  json::object builder;
  builder["name"] = builder_of(run, shape);
  builder["description"] = nullptr;
  json::array tags;
  const auto add = [&](const std::string& tag) {
    const json::value value(line_of(tag));
    if (!tag.empty() && std::ranges::find(tags, value) == tags.end()) tags.push_back(value);
  };
  std::ranges::for_each(shape.tags, add);
  add(shape.ci);
  add(run.event);
  std::ranges::for_each(run.tags, add);
  builder["tags"] = std::move(tags);
  return builder;
}

// One and the same for one text.
std::int64_t number_out_of(std::string_view text) {
  constexpr std::uint64_t exact_in_doubles = (std::uint64_t{1} << 53U) - 1;
  return static_cast<std::int64_t>(std::stoull(short_hash(text), nullptr, 16) & exact_in_doubles);
}

// Of all builds of a run: jobs that are builds share it.
std::int64_t bsid_of(const Run& run) {
  return buildset_number(run.of_run.empty() ? run.id : run.of_run);
}

json::object buildset_of(const Run& run) {
  json::object buildset;
  buildset["bsid"] = bsid_of(run);
  buildset["external_idstring"] = run.of_run.empty() ? run.id : run.of_run;
  buildset["reason"] = line_of(run.reason);
  buildset["submitted_at"] = moment_or_null(run.submitted);
  buildset["parent_buildid"] = nullptr;
  buildset["sourcestamps"] = json::array{sourcestamp_of(run)};
  return buildset;
}

std::string job_state_string(const Job& job) {
  if (!job.said.empty()) return line_of(job.said);
  if (job.state.phase == Phase::ended) return std::string(name(job.state.results));
  return job.state.phase == Phase::runs ? "running" : "waiting";
}

json::array logs_of(const Job& job, std::string_view place) {
  json::array logs;
  if (job.log.empty()) return logs;
  const std::string text = valid_utf8(job.log);
  const std::int64_t id = number_out_of(place);
  json::object log;
  log["logid"] = id;
  log["name"] = "stdio";
  log["slug"] = "stdio";
  log["type"] = "t";
  log["complete"] = job.state.phase == Phase::ended;
  log["num_lines"] = std::ranges::count(text, '\n') + (text.ends_with('\n') ? 0 : 1);
  log["content"] = json::object{{"logid", id}, {"firstline", 0}, {"content", text}};
  logs.push_back(std::move(log));
  return logs;
}

json::array steps_of(const Run& run) {
  json::array steps;
  std::int64_t number = 0;
  for (const Job& job : run.jobs) {
    json::object step;
    const bool ended = job.state.phase == Phase::ended;
    if (is_digits(job.id) && job.id.size() < 19) step["stepid"] = std::stoll(job.id);
    step["number"] = number++;
    step["name"] = line_of(job.name);
    step["complete"] = ended;
    step["results"] =
        ended ? json::value(static_cast<std::int64_t>(job.state.results)) : json::value(nullptr);
    step["state_string"] = job_state_string(job);
    step["started_at"] = moment_or_null(job.started);
    step["complete_at"] = ended ? moment_or_null(job.ended) : json::value(nullptr);
    step["hidden"] = false;
    json::array urls;
    if (const std::string url = web_address(job.url); !url.empty())
      urls.push_back(json::object{{"name", "log"}, {"url", url}});
    step["urls"] = std::move(urls);
    // Without the member whoever wants logs asks for them.
    if (job.has_log) {
      step[log_member] = job.whole_run.empty() ? run.project : job.whole_run;
    } else {
      step["logs"] = logs_of(job, run.id + "/" + std::to_string(steps.size()));
    }
    if (!job.worker.empty()) step["workername"] = line_of(job.worker);
    steps.push_back(std::move(step));
  }
  return steps;
}

json::object tests_object(const Tests& tests) {
  json::object object;
  object["total"] = tests.total;
  object["passed"] = tests.passed;
  object["failed"] = tests.failed;
  object["skipped"] = tests.skipped;
  json::array names;
  for (const std::string& name : tests.failed_names) {
    if (names.size() < most_names) names.emplace_back(line_of(name));
  }
  object["failed_names"] = std::move(names);
  return object;
}

}  // namespace

bool expand(std::string_view pattern, const Run& run, std::string* out) {
  const std::pair<std::string_view, const std::string&> meant[] = {
      {"%(repo)s", run.project}, {"%(workflow)s", run.pipeline}, {"%(job)s", run.job}};
  while (!pattern.empty()) {
    if (pattern.front() != '%') {
      if (out != nullptr) out->push_back(pattern.front());
      pattern.remove_prefix(1);
      continue;
    }
    if (pattern.starts_with("%%")) {
      if (out != nullptr) out->push_back('%');
      pattern.remove_prefix(2);
      continue;
    }
    const auto* found =
        std::ranges::find_if(meant, [&](const auto& one) { return pattern.starts_with(one.first); });
    if (found == std::end(meant)) return false;
    if (out != nullptr) out->append(found->second);
    pattern.remove_prefix(found->first.size());
  }
  return true;
}

std::int64_t buildset_number(std::string_view run) {
  return number_out_of(run);
}

std::string key_part(std::string_view text) {
  std::string part;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '.' || c == '_' || c == '-';
    part += plain ? std::string(1, c) : c == '~' ? "%7E" : percent_encode(std::string_view(&c, 1));
  }
  return part;
}

std::string builder_of(const Run& run, const Shape& shape) {
  std::string name = run.builder;
  if (!name.empty()) {
    // A function named it.
  } else if (!shape.builder.empty()) {
    expand(shape.builder, run, &name);
  } else {
    for (const std::string* part : {&run.project, &run.pipeline, &run.job}) {
      if (part->empty()) continue;
      name += (name.empty() ? "" : "/") + *part;
    }
  }
  name = line_of(name);
  return name.empty() ? shape.source : name;
}

namespace {

// The CI's, else ours. A Buildbot has no page of it.
std::string web_page_of(const Run& run, const Shape& shape) {
  std::string url = web_address(run.url);
  if (!url.empty() || !shape.pages.ours) return url;
  const std::string builder = builder_of(run, shape);
  return run.state.phase == Phase::waits ? shape.pages.of(builder) : shape.pages.of(builder, run.number);
}

}  // namespace

std::string state_string_of(const Run& run) {
  if (run.state.phase == Phase::waits) return "waiting";
  if (run.said_counts && !run.said.empty()) return line_of(run.said);
  std::vector<std::string> failed;
  for (const Job& job : run.jobs) {
    const bool bad = job.state.phase == Phase::ended &&
                     (job.state.results == Results::failure || job.state.results == Results::exception);
    if (bad && job.whole_run.empty()) failed.push_back(fold_to_line(valid_utf8(job.name)));
  }
  const bool good = run.state.results == Results::success || run.state.results == Results::skipped;
  if (run.state.phase == Phase::ended && !good && !failed.empty()) {
    const std::string count =
        " (" + std::to_string(failed.size()) + " of " + std::to_string(run.jobs.size()) + " jobs)";
    const std::string names = "failed: " + joined(failed, ", ");
    return (run.jobs.size() > 1 ? ellipsize(names, most_line - count.size()) + count : line_of(names));
  }
  if (!run.said.empty()) return line_of(run.said);
  return run.state.phase == Phase::runs ? "running" : std::string(name(run.state.results));
}

std::string too_old(const Run& run, const Shape& shape, Millis now) {
  if (run.state.phase != Phase::ended || !run.ended) return {};
  const Millis age = now - to_millis(*run.ended);
  if (age <= shape.max_age) return {};
  constexpr Millis hour = 3'600'000;
  const Millis hours = age / hour;
  const std::string span =
      hours >= 48 ? std::to_string(hours / 24) + " days" : std::to_string(hours) + " hours";
  return "ended " + span + " before it was heard of";
}

Event event_of(const Run& run, const Shape& shape, Millis now, std::string_view heard_by) {
  const bool waits = run.state.phase == Phase::waits;
  const bool ended = run.state.phase == Phase::ended;
  json::object build;
  build["builder"] = builder_object(run, shape);
  if (!waits) {
    if (run.numeric_id) build["buildid"] = *run.numeric_id;
    build["number"] = run.number;
    build["attempt"] = run.attempt;
    build["started_at"] = moment_or_null(run.started);
    build["complete_at"] = ended ? moment_or_null(run.ended ? run.ended : now / 1000) : json::value(nullptr);
    build["steps"] = steps_of(run);
    build["changes"] = changes_of(run, shape);
    build["workername"] = text_or_null(run.worker);
    if (run.tests) build["tests"] = tests_object(*run.tests);
  }
  if (run.numeric_id) build["buildrequestid"] = *run.numeric_id;
  build["complete"] = ended;
  build["results"] = ended ? json::value(static_cast<std::int64_t>(run.state.results)) : json::value(nullptr);
  build["state_string"] = state_string_of(run);
  build["url"] = web_page_of(run, shape);
  build["properties"] = properties_of(run, shape);
  json::object request;
  request["buildsetid"] = bsid_of(run);
  request["submitted_at"] = moment_or_null(run.submitted);
  build["buildset"] = buildset_of(run);
  build["buildrequest"] = std::move(request);
  build["heard_by"] = heard_by;
  if (!run.notes.empty()) build["heard_notes"] = json::value_from(run.notes);
  build["ci"] = shape.ci;
  make_times_plausible(build, now);

  Event event;
  event.source = shape.source;
  event.key = std::string(waits ? "buildrequests/" : "builds/") + run.id + (ended ? "/finished" : "/new");
  event.occurrence = run.occurrence;
  const auto seconds = ended ? run.ended : waits ? run.submitted : run.started;
  event.at = seconds ? plausible(*seconds, now) : now;
  event.body = std::move(build);
  return event;
}

Event buildset_event_of(const Run& run, const Shape& shape, Millis now) {
  Event event;
  event.source = shape.source;
  event.key = "buildsets/" + run.id + "/complete";
  event.occurrence = run.occurrence;
  event.at = run.ended ? plausible(*run.ended, now) : now;
  event.body = buildset_of(run);
  event.body["complete"] = true;
  event.body["complete_at"] = event.at / 1000;
  event.body["results"] = static_cast<std::int64_t>(run.state.results);
  return event;
}

}  // namespace carillon::source::hook
