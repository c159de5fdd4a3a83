#include "source/github/github_hook.hpp"

#include <algorithm>
#include <array>

#include "source/github/github_run.hpp"
#include "source/hook/actions.hpp"
#include "source/hook/body.hpp"

namespace carillon::source::github {
namespace {

constexpr std::string_view signature_header = "x-hub-signature-256";
constexpr std::string_view signature_prefix = "sha256=";
constexpr std::string_view actions_app = "github-actions";

}  // namespace

bool GitHubHook::may_be_right(const web::Head& head) const {
  constexpr std::size_t digits = 64;
  const std::string_view shown = header(head, signature_header);
  return shown.starts_with(signature_prefix) && shown.size() == signature_prefix.size() + digits;
}

bool GitHubHook::is_right(const web::Head& head, std::string_view body, std::int64_t /*now*/) const {
  return hook::signed_in_hex(header(head, signature_header), signature_prefix, body, settings_->secrets);
}

Result<hook::Heard> GitHubHook::hear(const web::Head& head, std::string_view body, Millis /*now*/) const {
  hook::Heard heard;
  heard.kind = header(head, "x-github-event");
  heard.delivery = header(head, "x-github-delivery");
  using Hear = Result<void> (GitHubHook::*)(const json::object&, hook::Heard&) const;
  struct Kind {
    std::string_view name;
    bool wanted;
    Hear hear;
  };
  const auto kinds = std::to_array<Kind>({
      {"workflow_run", settings_->runs, &GitHubHook::hear_run},
      {"workflow_job", settings_->runs, &GitHubHook::hear_job},
      {"check_suite", settings_->checks, &GitHubHook::hear_suite},
      {"check_run", settings_->checks, &GitHubHook::hear_check},
      {"status", settings_->statuses, &GitHubHook::hear_status},
  });
  const auto* kind = std::ranges::find(kinds, heard.kind, &Kind::name);
  if (kind == kinds.end() || !kind->wanted) {
    heard.ignored = heard.kind.empty() ? "no X-GitHub-Event" : heard.kind;
    return heard;
  }
  const auto object = hook::read_object(head, body);
  if (!object) return failed(object.error());
  const std::string repository = text_at(*object, "repository.full_name");
  if (!repository.empty() && !settings_->wants(repository)) {
    heard.ignored = heard.kind + " of " + repository + ", which repos= does not name";
    return heard;
  }
  if (!repository.empty() && !hook::is_repository(repository))
    return rejected("repository.full_name: is no name of a repository");
  if (auto read = (this->*kind->hear)(*object, heard); !read) return failed(read.error());
  return heard;
}

Result<void> GitHubHook::hear_run(const json::object& body, hook::Heard& heard) const {
  const auto run = hook::need_object(body, "workflow_run");
  if (!run) return failed(run.error());
  const std::string action = text_at(body, "action");
  if (action != "requested" && action != "in_progress" && action != "completed") {
    heard.ignored = "workflow_run, action " + action;
    return ok();
  }
  if (action == "completed" && text_at(**run, "conclusion").empty()) {
    heard.ignored = "workflow_run that is completed and has no conclusion";
    return ok();
  }
  auto made = hook::actions::run_of(**run, object_at(body, "repository"), object_at(body, "workflow"),
                                    "github", heard.notes);
  if (!made) {
    made.error().what.insert(0, "workflow_run.");
    return failed(made.error());
  }
  // Deliveries are read when they are sent: the run may be further by then. The action is what is told.
  if (action == "in_progress" && made->state.phase == hook::Phase::waits)
    made->state.phase = hook::Phase::runs;
  if (made->owner.empty()) made->owner = text_at(body, "sender.login");
  heard.runs.push_back(std::move(*made));
  return ok();
}

Result<void> GitHubHook::hear_job(const json::object& body, hook::Heard& heard) const {
  const auto job = hook::need_object(body, "workflow_job");
  if (!job) return failed(job.error());
  auto made = hook::actions::job_of(**job, object_at(body, "repository"), "github", heard.notes);
  if (!made) {
    made.error().what.insert(0, "workflow_job.");
    return failed(made.error());
  }
  made->job.has_log = made->job.has_log && !settings_->token.empty();
  made->alone.owner = text_at(body, "sender.login");
  heard.jobs.push_back(std::move(*made));
  return ok();
}

Result<void> GitHubHook::hear_suite(const json::object& body, hook::Heard& heard) const {
  const auto suite = hook::need_object(body, "check_suite");
  const auto repository = hook::need_object(body, "repository");
  if (!suite) return failed(suite.error());
  if (!repository) return failed(repository.error());
  if (text_at(body, "action") != "completed" || text_at(**suite, "app.slug") == actions_app) {
    heard.ignored = "check_suite of GitHub Actions, or one that is not completed";
    return ok();
  }
  auto made = suite_of(**suite, **repository, heard.notes);
  if (!made) {
    made.error().what.insert(0, "check_suite.");
    return failed(made.error());
  }
  made->owner = text_at(body, "sender.login");
  heard.runs.push_back(std::move(*made));
  return ok();
}

Result<void> GitHubHook::hear_check(const json::object& body, hook::Heard& heard) const {
  const auto check = hook::need_object(body, "check_run");
  const auto repository = hook::need_object(body, "repository");
  if (!check) return failed(check.error());
  if (!repository) return failed(repository.error());
  const std::string action = text_at(body, "action");
  if ((action != "created" && action != "completed") || text_at(**check, "app.slug") == actions_app) {
    heard.ignored = "check_run of GitHub Actions, or action " + action;
    return ok();
  }
  // The schema allows it; whose part it is nobody knows then.
  if (!integer_at(**check, "check_suite.id")) {
    heard.ignored = "check_run without its check_suite";
    return ok();
  }
  auto made = check_of(**check, **repository, heard.notes);
  if (!made) {
    made.error().what.insert(0, "check_run.");
    return failed(made.error());
  }
  heard.jobs.push_back(std::move(*made));
  return ok();
}

Result<void> GitHubHook::hear_status(const json::object& body, hook::Heard& heard) const {
  if (text_at(body, "sender.login") == "github-actions[bot]" || text_at(body, "state") == "pending") {
    heard.ignored = "status of GitHub Actions, or one that is pending";
    return ok();
  }
  auto made = hook::actions::status_of(body, heard.notes);
  if (!made) return failed(made.error());
  heard.runs.push_back(std::move(*made));
  return ok();
}

std::string GitHubHook::kind(const web::Head& head) const {
  return std::string(header(head, "x-github-event"));
}

std::vector<std::string> GitHubHook::advice(const std::string& url) const {
  std::vector<std::string> events;
  if (settings_->runs) events.insert(events.end(), {"Workflow runs", "Workflow jobs"});
  if (settings_->checks) events.insert(events.end(), {"Check suites", "Check runs"});
  if (settings_->statuses) events.emplace_back("Statuses");
  std::string ticked;
  for (const std::string& event : events)
    ticked += (ticked.empty() ? "" : ", ") + event;
  return {"Settings > Webhooks > Add webhook, in the repository or the organisation", "Payload URL: " + url,
          "Content type: application/json",
          "Secret: that of secret=", "Let me select individual events: " + ticked + " (and nothing else)"};
}

}  // namespace carillon::source::github
