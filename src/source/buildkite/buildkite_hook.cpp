#include "source/buildkite/buildkite_hook.hpp"

#include <algorithm>
#include <array>

#include "source/buildkite/buildkite_run.hpp"
#include "source/credentials.hpp"
#include "source/hook/body.hpp"

namespace carillon::source::buildkite {
namespace {

using hook::Phase;

constexpr auto builds = std::to_array<std::string_view>(
    {"build.scheduled", "build.running", "build.failing", "build.finished", "build.skipped"});
constexpr auto jobs =
    std::to_array<std::string_view>({"job.scheduled", "job.started", "job.finished", "job.activated"});

// A hook is read when it is sent: the build may be further by then. The event is what is told.
void tell_as(const std::string& event, hook::Run& run) {
  if (event == "build.skipped") run.state = {Phase::ended, Results::skipped};
  if (event == "build.scheduled") run.state = {Phase::waits, Results::success};
  if (event == "build.running" || event == "build.failing") run.state = {Phase::runs, Results::success};
  if (run.state.phase != Phase::ended) {
    run.ended.reset();
    run.occurrence.clear();
  }
}

}  // namespace

bool BuildkiteHook::may_be_right(const web::Head& head) const {
  const std::string_view token = header(head, "x-buildkite-token");
  return token.empty() ? !header(head, "x-buildkite-signature").empty()
                       : is_one_of(token, settings_->secrets);
}

bool BuildkiteHook::is_right(const web::Head& head, std::string_view body, std::int64_t now) const {
  const std::string_view token = header(head, "x-buildkite-token");
  return token.empty() ? hook::signed_as_buildkite(head, body, settings_->secrets, now)
                       : is_one_of(token, settings_->secrets);
}

Result<hook::Heard> BuildkiteHook::hear(const web::Head& head, std::string_view body, Millis /*now*/) const {
  hook::Heard heard;
  heard.kind = header(head, "x-buildkite-event");
  heard.delivery = header(head, "x-buildkite-request");
  const bool of_build = std::ranges::find(builds, heard.kind) != builds.end();
  const bool of_job = std::ranges::find(jobs, heard.kind) != jobs.end();
  if (!of_build && !of_job) {
    heard.ignored = heard.kind.empty() ? "no X-Buildkite-Event" : heard.kind;
    return heard;
  }
  const auto object = hook::read_object(head, body);
  if (!object) return failed(object.error());
  const auto build = hook::need_object(*object, "build");
  const auto pipeline = hook::need_object(*object, "pipeline");
  if (!build) return failed(build.error());
  if (!pipeline) return failed(pipeline.error());
  std::vector<std::string> notes;
  auto run = run_of(**build, **pipeline, settings_->keep, notes);
  if (!run) return failed(run.error());
  if (!is_slug(run->project)) return rejected("pipeline.slug: is no slug of a pipeline");
  if (!settings_->wants(run->project)) {
    heard.ignored = heard.kind + " of " + run->project + ", which pipelines= does not name";
    return heard;
  }
  if (of_build) {
    heard.notes = std::move(notes);
    tell_as(heard.kind, *run);
    heard.runs.push_back(std::move(*run));
    return heard;
  }
  const auto job = hook::need_object(*object, "job");
  if (!job) return failed(job.error());
  auto made = job_of(**job, heard.notes);
  if (!made) return failed(made.error());
  if (!*made) {
    heard.ignored = heard.kind + " of a job that runs no command, or was tried again";
    return heard;
  }
  hook::JobOfRun of_run;
  of_run.run = run->id;
  of_run.alone = alone_of(**made, std::move(*run));
  of_run.job = std::move(**made);
  heard.jobs.push_back(std::move(of_run));
  return heard;
}

std::vector<std::string> BuildkiteHook::advice(const std::string& url) const {
  return {"Organization Settings > Notification Services > Webhook", "Webhook URL: " + url,
          "Token: that of secret=; 'Send an HMAC signature' is the better choice",
          "Events: build.scheduled, build.running, build.finished, build.skipped, job.finished"};
}

}  // namespace carillon::source::buildkite
