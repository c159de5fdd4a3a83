#include "source/gitlab/gitlab_hook.hpp"

#include <algorithm>
#include <array>

#include "base/url.hpp"
#include "source/credentials.hpp"
#include "source/gitlab/gitlab_run.hpp"
#include "source/hook/body.hpp"

namespace carillon::source::gitlab {
namespace {

// In small letters; empty: it is no address.
std::string host_of(std::string_view address) {
  const auto url = Url::parse(address);
  std::string host(url ? url->host : std::string_view());
  std::ranges::transform(host, host.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return host;
}

std::string without_slash(std::string text) {
  while (text.ends_with('/'))
    text.pop_back();
  return text;
}

Project project_of(const json::object& body) {
  return {.path = text_at(body, "project.path_with_namespace"),
          .page = without_slash(text_at(body, "project.web_url")),
          .repository = hook::first_text(body, {"project.git_http_url", "project.http_url"})};
}

// Hooks of jobs name the project only since 15.x; before, its page tells.
Project project_of_job(const json::object& body, const std::string& url) {
  Project project = project_of(body);
  if (project.page.empty()) project.page = without_slash(text_at(body, "repository.homepage"));
  if (project.repository.empty()) project.repository = text_at(body, "repository.git_http_url");
  if (!project.path.empty()) return project;
  const auto page = Url::parse(project.page);
  const auto base = Url::parse(url);
  if (!page || !base || !page->path.starts_with(base->path)) return project;
  project.path = page->path.substr(base->path.size());
  return project;
}

}  // namespace

bool GitLabHook::may_be_right(const web::Head& head) const {
  const std::string_view token = header(head, "x-gitlab-token");
  if (!token.empty() && is_one_of(token, settings_->secrets)) return true;
  return !settings_->signing.empty() && !header(head, "webhook-id").empty() &&
         header(head, "webhook-signature").find("v1,") != std::string_view::npos;
}

bool GitLabHook::shows_any(const web::Head& head) const {
  return !header(head, "x-gitlab-token").empty() || !header(head, "webhook-signature").empty();
}

bool GitLabHook::is_right(const web::Head& head, std::string_view body, std::int64_t now) const {
  const std::string_view token = header(head, "x-gitlab-token");
  if (!token.empty() && is_one_of(token, settings_->secrets)) return true;
  return hook::signed_as_standard(head, body, settings_->signing, now);
}

Result<hook::Heard> GitLabHook::hear(const web::Head& head, std::string_view body, Millis /*now*/) const {
  hook::Heard heard;
  heard.kind = header(head, "x-gitlab-event");
  // The same when GitLab tries again; the older header is that of the event.
  heard.delivery = header(head, "idempotency-key");
  if (heard.delivery.empty()) heard.delivery = header(head, "x-gitlab-event-uuid");
  using Hear = Result<void> (GitLabHook::*)(const json::object&, hook::Heard&) const;
  struct Kind {
    std::string_view name;
    std::string_view object;
    Hear hear;
  };
  constexpr auto kinds = std::to_array<Kind>({
      {"Pipeline Hook", "pipeline", &GitLabHook::hear_pipeline},
      {"Job Hook", "build", &GitLabHook::hear_job},
  });
  const auto* kind = std::ranges::find(kinds, heard.kind, &Kind::name);
  if (kind == kinds.end()) {
    heard.ignored = heard.kind.empty() ? "no X-Gitlab-Event" : heard.kind;
    return heard;
  }
  const std::string_view instance = header(head, "x-gitlab-instance");
  if (!instance.empty() && host_of(instance) != host_of(settings_->url))
    return rejected("X-Gitlab-Instance: is not the server of url=");
  const auto object = hook::read_object(head, body);
  if (!object) return failed(object.error());
  if (text_at(*object, "object_kind") != kind->object) {
    heard.ignored = heard.kind + " without its object_kind";
    heard.notes.push_back("the body has no object_kind '" + std::string(kind->object) +
                          "': the webhook has a custom template, which must be taken off");
    return heard;
  }
  if (auto read = (this->*kind->hear)(*object, heard); !read) return failed(read.error());
  return heard;
}

Result<bool> GitLabHook::is_wanted(const std::string& project, std::string_view path,
                                   hook::Heard& heard) const {
  if (project.empty()) return rejected(std::string(path) + ": missing");
  if (!is_project(project)) return rejected(std::string(path) + ": is no name of a project");
  if (settings_->wants(project)) return true;
  heard.ignored = heard.kind + " of " + project + ", which projects= does not name";
  return false;
}

Result<void> GitLabHook::hear_pipeline(const json::object& body, hook::Heard& heard) const {
  const auto pipeline = hook::need_object(body, "object_attributes");
  if (!pipeline) return failed(pipeline.error());
  const Project project = project_of(body);
  const auto wanted = is_wanted(project.path, "project.path_with_namespace", heard);
  if (!wanted) return failed(wanted.error());
  if (!*wanted) return ok();
  if (!settings_->children && text_at(**pipeline, "source") == "parent_pipeline") {
    heard.ignored = "a child pipeline, as children=False";
    return ok();
  }
  if (string_at(**pipeline, "status") && !can_be_told(**pipeline)) {
    heard.ignored = "pipeline that is " + text_at(**pipeline, "status");
    return ok();
  }
  auto made = pipeline_of(**pipeline, project, heard.notes);
  if (!made) {
    made.error().what.insert(0, "object_attributes.");
    return failed(made.error());
  }
  made->jobs = steps_of(objects_at(body, "builds"), array_at(**pipeline, "stages"), project,
                        !settings_->token.empty(), heard.notes);
  for (const hook::Job& job : made->jobs) {
    if (job.started && (!made->started || *job.started < *made->started)) made->started = job.started;
  }
  if (const json::object* commit = object_at(body, "commit")) read_commit(*made, *commit);
  if (const json::object* request = object_at(body, "merge_request")) read_merge_request(*made, *request);
  made->owner = text_at(body, "user.username");
  if (const auto id = integer_at(body, "project.id")) made->properties.emplace_back("gitlab_project_id", *id);
  if (const auto parent = integer_at(body, "source_pipeline.pipeline_id")) {
    made->properties.emplace_back("gitlab_parent_pipeline_id", *parent);
    made->properties.emplace_back("gitlab_parent_project",
                                  json::value(text_at(body, "source_pipeline.project.path_with_namespace")));
  }
  heard.runs.push_back(std::move(*made));
  return ok();
}

Result<void> GitLabHook::hear_job(const json::object& body, hook::Heard& heard) const {
  if (settings_->shape.builds == hook::Granularity::run) {
    heard.ignored = "Job Hook: hooks of pipelines tell of their jobs";
    return ok();
  }
  const Project project = project_of_job(body, settings_->url);
  const auto wanted = is_wanted(project.path, "repository.homepage", heard);
  if (!wanted) return failed(wanted.error());
  if (!*wanted) return ok();
  auto made = hooked_job_of(body, project, !settings_->token.empty(), heard.notes);
  if (!made) return failed(made.error());
  heard.jobs.push_back(std::move(*made));
  return ok();
}

std::vector<std::string> GitLabHook::advice(const std::string& url) const {
  std::vector<std::string> lines = {"Settings > Webhooks > Add new webhook, in the project or the group",
                                    "URL: " + url};
  if (!settings_->secrets.empty()) lines.emplace_back("Secret token: that of secret=");
  if (!settings_->signing.empty()) lines.emplace_back("Signing token: that of signing=");
  lines.emplace_back(settings_->shape.builds == hook::Granularity::run
                         ? "Trigger: Pipeline events (and nothing else)"
                     : settings_->shape.builds == hook::Granularity::job
                         ? "Trigger: Job events (and nothing else)"
                         : "Trigger: Pipeline events, Job events (and nothing else)");
  lines.emplace_back("Custom webhook template: none");
  return lines;
}

}  // namespace carillon::source::gitlab
