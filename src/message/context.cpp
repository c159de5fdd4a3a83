#include <algorithm>

#include "message/formatter.hpp"

#include "base/json.hpp"
#include "model/build.hpp"
#include "model/members.hpp"

namespace carillon::message {

namespace {

constexpr std::size_t arena_bytes = 16384;  // what goes to a template lives and dies together

json::value member(const json::object& object, std::string_view path, const json::value& otherwise) {
  const json::value* value = find(object, path);
  return value != nullptr ? *value : otherwise;
}

std::string worker_name(const json::object& build) {
  if (const json::value* value = property(build, "workername"); value != nullptr && value->is_string()) {
    return std::string(value->get_string());
  }
  return std::string(BuildView(build).worker().value_or("<unknown>"));
}

std::string projects_of(const json::object& build, const std::string& title) {
  std::vector<std::string> projects;
  for (const json::object* stamp : objects_at(build, "buildset.sourcestamps")) {
    std::string project = text_at(*stamp, "project");
    if (project.empty() || std::find(projects.begin(), projects.end(), project) != projects.end()) continue;
    projects.push_back(std::move(project));
  }
  if (projects.empty()) return title;
  std::string joined = projects.front();
  for (std::size_t i = 1; i < projects.size(); ++i)
    joined += ", " + projects[i];
  return joined;
}

// One line for each source stamp: `Source 'codebase': branch main, revision abc (with a patch)`.
std::string sources_text(const json::object& build) {
  std::string text;
  for (const json::object* stamp : objects_at(build, "buildset.sourcestamps")) {
    const std::string codebase = text_at(*stamp, "codebase");
    const std::string branch = text_at(*stamp, "branch");
    const std::string revision = text_at(*stamp, "revision");
    text += codebase.empty() ? "Source: " : "Source '" + codebase + "': ";
    if (!branch.empty()) text += "branch " + branch + ", ";
    text += revision.empty() ? "newest revision" : "revision " + revision;
    if (object_at(*stamp, "patch") != nullptr) text += " (with a patch)";
    text += "\n";
  }
  return text;
}

std::string summary_of(const json::object& build, std::optional<Results> results) {
  std::string state = text_at(build, "state_string");
  if (!state.empty()) state = ": " + state;
  if (!results) return "Build started" + state;
  switch (*results) {
    case Results::success:
      return "Build succeeded!";
    case Results::warnings:
      return "Build Had Warnings" + state;
    case Results::cancelled:
      return "Build was cancelled";
    case Results::skipped:
      return "Build was skipped" + state;
    case Results::retry:
      return "Build will be retried" + state;
    case Results::failure:
    case Results::exception:
      break;
  }
  return "BUILD FAILED" + state;
}

std::string detected(const std::vector<std::string>& mode, std::optional<Results> now,
                     std::optional<Results> before) {
  if (!now) return "started build";
  const auto watched = [&](const char* what) {
    return std::find(mode.begin(), mode.end(), what) != mode.end();
  };
  const bool changed = before && *before != *now && watched("change");
  switch (*now) {
    case Results::success:
      return changed ? "restored build" : "passing build";
    case Results::warnings:
      return "problem in the build";
    case Results::failure: {
      // A first failure ever is not a new one, and neither is one after a success for `problem` alone:
      // success is 0, which Buildbot's own test takes for "unknown"; here it counts.
      const bool problem = before && *before != Results::failure && watched("problem");
      return changed || problem ? "new failure" : "failed build";
    }
    case Results::exception:
      return "build exception";
    case Results::skipped:
    case Results::retry:
    case Results::cancelled:
      break;
  }
  return std::string(name(*now)) + " build";
}

}  // namespace

json::object build_context(const Site& site, const std::vector<std::string>& mode, std::string_view name,
                           const json::object& build) {
  const auto results = results_at(build);
  const auto before = results_at(build, "prev_build.results");
  json::object context(json::make_shared_resource<json::monotonic_resource>(arena_bytes));
  context["results"] = member(build, "results", nullptr);
  context["mode"] = json::value_from(mode);
  context["buildername"] = name;
  context["workername"] = worker_name(build);
  context["buildset"] = member(build, "buildset", json::object());
  context["build"] = build;
  context["attempt"] = BuildView(build).run().attempt;
  context["projects"] = projects_of(build, site.title);
  context["previous_results"] = member(build, "prev_build.results", nullptr);
  context["status_detected"] = detected(mode, results, before);
  context["build_url"] = text_at(build, "url");
  context["buildbot_url"] = site.buildbot_url;
  context["blamelist"] = json::value_from(responsible_users(build));
  context["summary"] = summary_of(build, results);
  context["sourcestamps"] = sources_text(build);
  return context;
}

json::object worker_context(const Site& site, const json::object& worker) {
  json::object context;
  context["buildbot_title"] = site.title;
  context["buildbot_url"] = site.buildbot_url;
  context["worker"] = worker;
  return context;
}

}  // namespace carillon::message
