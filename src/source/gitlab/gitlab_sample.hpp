// Bodies of GitLab's hooks, for tests.
#pragma once

#include <memory>

#include "base/json.hpp"
#include "source/gitlab/settings.hpp"

namespace carillon::source::gitlab {

inline std::shared_ptr<Settings> sample_settings() {
  auto settings = std::make_shared<Settings>();
  settings->shape.source = "gitlab";
  settings->shape.ci = "gitlab";
  settings->url = "https://gitlab.example.org/";
  settings->secrets = {Secret("hush")};
  return settings;
}

inline json::object changed(json::object object, const json::object& changes) {
  for (const auto& [name, value] : changes)
    object[name] = value;
  return object;
}

// One of `builds`.
inline json::object build(const char* name, int id, const char* stage, const char* status,
                          const json::object& changes = {}) {
  return changed({{"id", id},
                  {"stage", stage},
                  {"name", name},
                  {"status", status},
                  {"started_at", "2016-08-12 15:26:12 UTC"},
                  {"finished_at", "2016-08-12 15:26:29 UTC"},
                  {"allow_failure", false},
                  {"runner", json::object{{"description", "runner 6"}}}},
                 changes);
}

// changes: of object_attributes.
inline json::object pipeline_body(const json::object& changes) {
  const json::object attributes{{"id", 31},
                                {"iid", 12},
                                {"name", nullptr},
                                {"ref", "main"},
                                {"tag", false},
                                {"sha", "bcbb5ec3"},
                                {"source", "push"},
                                {"status", "success"},
                                {"detailed_status", "passed"},
                                {"stages", json::array{"build", "test", "deploy"}},
                                {"created_at", "2016-08-12 15:23:28 UTC"},
                                {"finished_at", "2016-08-12 15:26:29 UTC"}};
  const json::object never{{"started_at", nullptr}, {"finished_at", nullptr}};
  const json::object at_once{{"started_at", "2016-08-12 15:24:56 UTC"},
                             {"finished_at", "2016-08-12 15:25:26 UTC"}};
  const json::object may_fail{{"failure_reason", "script_failure"}, {"allow_failure", true}};
  return {{"object_kind", "pipeline"},
          {"object_attributes", changed(attributes, changes)},
          {"merge_request", nullptr},
          {"user", json::object{{"username", "ann"}, {"email", "[REDACTED]"}}},
          {"project", json::object{{"id", 5},
                                   {"path_with_namespace", "team/sub/app"},
                                   {"web_url", "https://gitlab.example.org/team/sub/app"},
                                   {"git_http_url", "https://gitlab.example.org/team/sub/app.git"}}},
          {"commit", json::object{{"id", "bcbb5ec3"},
                                  {"message", "Ring louder\n"},
                                  {"timestamp", "2016-08-12T17:23:21+02:00"},
                                  {"author", json::object{{"name", "Ann"}, {"email", "ann@example.org"}}}}},
          // The newest first, as GitLab has them.
          {"builds", json::array{build("production", 380, "deploy", "manual", never),
                                 build("staging", 379, "deploy", "created", never),
                                 build("lint", 378, "test", "failed", may_fail),
                                 build("unit", 377, "test", "failed", {{"failure_reason", "script_failure"}}),
                                 build("build-image", 376, "build", "success", at_once)}}};
}

// Number 7 of team/sub/app, which is project 5.
inline json::object merge_request(int source_project) {
  return {{"id", 100},
          {"iid", 7},
          {"title", "Ring louder"},
          {"source_branch", "louder"},
          {"source_project_id", source_project},
          {"target_branch", "main"},
          {"target_project_id", 5},
          {"url", "https://gitlab.example.org/team/sub/app/-/merge_requests/7"}};
}

inline json::object job_body(const json::object& changes) {
  const json::object body{
      {"object_kind", "build"},
      {"ref", "main"},
      {"tag", false},
      {"sha", "bcbb5ec3"},
      {"build_id", 377},
      {"build_name", "unit"},
      {"build_stage", "test"},
      {"build_status", "failed"},
      {"build_created_at", "2023-01-10 13:50:02 UTC"},
      {"build_started_at", "2023-01-10 13:50:05 UTC"},
      {"build_finished_at", "2023-01-10 13:50:54 UTC"},
      {"build_allow_failure", false},
      {"build_failure_reason", "script_failure"},
      {"retries_count", 1},
      {"pipeline_id", 31},
      {"project_id", 5},
      {"project_name", "Team / Sub / App"},
      {"runner", json::object{{"description", "runner 6"}, {"tags", json::array{"linux", "docker"}}}},
      {"user", json::object{{"username", "ann"}}},
      {"commit", json::object{{"id", 31},
                              {"name", "nightly"},
                              {"sha", "bcbb5ec3"},
                              {"message", "Ring louder\n"},
                              {"author_name", "Ann"},
                              {"author_email", "ann@example.org"},
                              {"status", "running"}}},
      {"repository", json::object{{"homepage", "https://gitlab.example.org/team/sub/app"},
                                  {"git_http_url", "https://gitlab.example.org/team/sub/app.git"}}}};
  return changed(body, changes);
}

}  // namespace carillon::source::gitlab
