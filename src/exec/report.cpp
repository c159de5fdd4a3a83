#include "exec/report.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/json.hpp"

namespace carillon::exec {
namespace {

json::string text(std::string_view bytes) {
  return json::string(valid_utf8(bytes));
}

json::value text_or_null(const std::string& bytes) {
  return bytes.empty() ? json::value(nullptr) : json::value(text(bytes));
}

// What the user says of a property stands before what we say of it.
json::object properties_of(const Job& job) {
  json::object properties;
  const auto add = [&](std::string_view name, json::value value) {
    if (value.is_null()) return;
    properties.insert_or_assign(valid_utf8(name), json::array{std::move(value), "carillon exec"});
  };
  const BuildNotes& notes = job.notes;
  add("buildername", text(notes.builder));
  add("buildnumber", notes.number.value_or(job.started));
  add("workername", text(job.host));
  add("scheduler", "exec");
  add("reason", text_or_null(notes.reason));
  add("branch", text_or_null(notes.branch));
  add("revision", text_or_null(notes.revision));
  add("repository", text_or_null(notes.repository));
  add("project", text_or_null(notes.project));
  add("codebase", text_or_null(notes.codebase));
  for (const auto& [name, value] : notes.properties)
    add(name, text(value));
  return properties;
}

json::array sourcestamps_of(const BuildNotes& notes) {
  const auto& all = {notes.branch, notes.revision, notes.repository, notes.project, notes.codebase};
  if (std::all_of(all.begin(), all.end(), [](const std::string& one) { return one.empty(); })) return {};
  json::object stamp;
  stamp["branch"] = text_or_null(notes.branch);
  stamp["revision"] = text_or_null(notes.revision);
  stamp["repository"] = text(notes.repository);
  stamp["project"] = text(notes.project);
  stamp["codebase"] = text(notes.codebase);
  json::array stamps;
  stamps.push_back(std::move(stamp));
  return stamps;
}

json::object build_of(const Job& job) {
  const BuildNotes& notes = job.notes;
  const std::int64_t started = job.started / 1000;
  json::array tags;
  for (const std::string& tag : notes.tags)
    tags.push_back(text(tag));
  json::object build;
  build["builder"] = json::object{{"name", text(notes.builder)}, {"tags", std::move(tags)}};
  build["number"] = notes.number.value_or(job.started);
  build["buildid"] = job.started;
  build["started_at"] = started;
  build["properties"] = properties_of(job);
  // Without times of a request nobody could tell a later run's start from an earlier run's end.
  build["buildrequest"] = json::object{{"submitted_at", started}};
  build["buildset"] = json::object{
      {"reason", text(notes.reason)}, {"submitted_at", started}, {"sourcestamps", sourcestamps_of(notes)}};
  if (!notes.link.empty()) build["url"] = text(notes.link);
  return build;
}

std::string step_name(const Job& job) {
  if (!job.notes.step.empty()) return job.notes.step;
  const std::string& program = job.command.front();
  const auto slash = program.rfind('/');
  return slash == std::string::npos || slash + 1 == program.size() ? program : program.substr(slash + 1);
}

std::string line_of(const Job& job, std::string_view happened, json::object build) {
  json::object envelope;
  envelope["k"] = "builds/" + job.id + "/" + std::string(happened);
  envelope["m"] = std::move(build);
  return json::serialize(envelope) + "\n";
}

json::object finished(const Job& job, Results results, std::string_view state) {
  json::object build = build_of(job);
  build["complete"] = true;
  build["results"] = static_cast<int>(results);
  build["state_string"] = text(state);
  return build;
}

json::object log_of(const std::string& content) {
  json::object log;
  log["name"] = "stdio";
  log["slug"] = "stdio";
  log["type"] = "t";
  log["complete"] = true;
  log["num_lines"] =
      std::count(content.begin(), content.end(), '\n') + (!content.empty() && content.back() != '\n' ? 1 : 0);
  log["content"] = json::object{{"firstline", 0}, {"content", content}};
  return log;
}

}  // namespace

std::string start_line(const Job& job) {
  json::object build = build_of(job);
  build["complete"] = false;
  build["results"] = nullptr;
  build["state_string"] = "running";
  return line_of(job, "new", std::move(build));
}

std::string end_line(const Job& job, const Ending& ending, const Codes& codes, Millis ended,
                     const std::string& log) {
  const Results results = results_of(ending, codes);
  json::object build = finished(job, results, state_of(ending));
  build["complete_at"] = ended / 1000;
  json::object step;
  step["name"] = text(step_name(job));
  step["number"] = 0;
  step["started_at"] = job.started / 1000;
  step["complete_at"] = ended / 1000;
  step["complete"] = true;
  step["results"] = static_cast<int>(results);
  step["state_string"] = text(state_of(ending));
  step["hidden"] = false;
  step["urls"] = json::array();
  json::array logs;
  logs.push_back(log_of(log));
  step["logs"] = std::move(logs);
  json::array steps;
  steps.push_back(std::move(step));
  build["steps"] = std::move(steps);
  return line_of(job, "finished", std::move(build));
}

std::string lost_line(const Job& job) {
  return line_of(job, "finished",
                 finished(job, Results::exception, "nothing was heard of the command any more"));
}

}  // namespace carillon::exec
