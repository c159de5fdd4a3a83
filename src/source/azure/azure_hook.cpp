#include "source/azure/azure_hook.hpp"

#include <algorithm>
#include <array>

#include "source/hook/body.hpp"

namespace carillon::source::azure {
namespace {

using hook::Phase;

constexpr std::string_view build_complete = "build.complete";
constexpr std::string_view run_changed = "ms.vss-pipelines.run-state-changed-event";
constexpr std::string_view stage_changed = "ms.vss-pipelines.stage-state-changed-event";
constexpr std::string_view job_changed = "ms.vss-pipelines.job-state-changed-event";
constexpr std::string_view approval_pending = "ms.vss-pipelinechecks-events.approval-pending";
constexpr auto wanted = std::to_array<std::string_view>(
    {build_complete, run_changed, stage_changed, job_changed, approval_pending});

}  // namespace

Result<hook::Heard> AzureHook::hear(const web::Head& head, std::string_view body, Millis /*now*/) const {
  hook::Heard heard;
  const auto object = hook::read_object(head, body);
  if (!object) return failed(object.error());
  heard.kind = text_at(*object, "eventType");
  heard.delivery = text_at(*object, "id");
  if (std::ranges::find(wanted, heard.kind) == wanted.end()) {
    heard.ignored = heard.kind.empty() ? "no eventType" : heard.kind;
    return heard;
  }
  if (auto read = hear_resource(*object, heard); !read) {
    Failure failure = read.error();
    failure.what.insert(0, "resource.");
    return tl::unexpected<Failure>(std::move(failure));
  }
  return heard;
}

Result<void> AzureHook::hear_resource(const json::object& body, hook::Heard& heard) const {
  const json::object* found = object_at(body, "resource");
  const json::object resource = found != nullptr ? *found : json::object();
  const auto named = names_->find(text_at(body, "resourceContainers.project.id"));
  const std::string project = named == names_->end() ? text_at(resource, "project.name") : named->second;
  if (!settings_->wants(project)) {
    heard.ignored = heard.kind + " of " + project + ", which projects= does not name";
    return ok();
  }
  if (heard.kind == build_complete) {
    auto made = build_of(resource, heard.notes);
    if (!made) return failed(made.error());
    if (made->project.empty()) made->project = project;
    heard.runs.push_back(std::move(*made));
    return ok();
  }
  if (heard.kind == stage_changed || heard.kind == job_changed) {
    auto made = part_of(resource, heard.kind == stage_changed ? "stage" : "job", project, heard.notes);
    if (!made) return failed(made.error());
    heard.jobs.push_back(std::move(*made));
    return ok();
  }
  if (heard.kind == approval_pending && !integer_at(resource, "run.id")) {
    heard.ignored = heard.kind + " of no run";
    return ok();
  }
  auto made = run_of(resource, project, heard.notes);
  if (!made) return failed(made.error());
  if (heard.kind == approval_pending) made->state = {Phase::waits, Results::success};
  heard.runs.push_back(std::move(*made));
  return ok();
}

std::vector<std::string> AzureHook::advice(const std::string& url) const {
  return {"Project settings > Service hooks > + > Web Hooks",
          "Trigger: Build completed; for starts also Run state changed (State: InProgress), for steps Run "
          "job state changed",
          "URL: " + url, "Basic authentication: any user name, and as password the token of secret=",
          "Resource details to send: All"};
}

}  // namespace carillon::source::azure
