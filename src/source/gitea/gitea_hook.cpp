#include "source/gitea/gitea_hook.hpp"

#include <algorithm>
#include <array>

#include "source/gitea/gitea_run.hpp"
#include "source/hook/body.hpp"

namespace carillon::source::gitea {
namespace {

struct ShownSignature {
  std::string_view header;
  std::string_view prefix;
};
constexpr auto signatures = std::to_array<ShownSignature>({
    {"x-forgejo-signature", ""},
    {"x-gitea-signature", ""},
    {"x-hub-signature-256", "sha256="},
});

// The first that is shown at all decides.
const ShownSignature* shown_signature(const web::Head& head) {
  const auto* found = std::ranges::find_if(
      signatures, [&](const ShownSignature& one) { return !header(head, one.header).empty(); });
  return found == signatures.end() ? nullptr : found;
}

std::string first_header(const web::Head& head, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const std::string_view value = header(head, name); !value.empty()) return std::string(value);
  }
  return {};
}

tl::unexpected<Failure> below(std::string_view path, Failure failure) {
  failure.what.insert(0, std::string(path) + ".");
  return tl::unexpected<Failure>(std::move(failure));
}

}  // namespace

bool GiteaHook::may_be_right(const web::Head& head) const {
  constexpr std::size_t digits = 64;
  const ShownSignature* shown = shown_signature(head);
  if (shown == nullptr) return false;
  const std::string_view value = header(head, shown->header);
  return value.starts_with(shown->prefix) && value.size() == shown->prefix.size() + digits;
}

bool GiteaHook::is_right(const web::Head& head, std::string_view body, std::int64_t /*now*/) const {
  const ShownSignature* shown = shown_signature(head);
  return shown != nullptr &&
         hook::signed_in_hex(header(head, shown->header), shown->prefix, body, settings_->secrets);
}

Result<hook::Heard> GiteaHook::hear(const web::Head& head, std::string_view body, Millis /*now*/) const {
  hook::Heard heard;
  heard.kind = first_header(head, {"x-forgejo-event", "x-gitea-event", "x-gogs-event", "x-github-event"});
  heard.delivery = first_header(head, {"x-forgejo-delivery", "x-gitea-delivery", "x-github-delivery"});
  using Hear = Result<void> (GiteaHook::*)(const json::object&, hook::Heard&) const;
  struct Kind {
    std::string_view begin;
    bool wanted;
    Hear hear;
    std::string_view repository;
  };
  const auto kinds = std::to_array<Kind>({
      {"workflow_run", settings_->runs, &GiteaHook::hear_run, "repository.full_name"},
      {"workflow_job", settings_->runs, &GiteaHook::hear_job, "repository.full_name"},
      {"action_run", settings_->runs, &GiteaHook::hear_forgejo_run, "run.repository.full_name"},
      {"status", settings_->statuses, &GiteaHook::hear_status, "repository.full_name"},
  });
  const auto* kind = std::ranges::find_if(
      kinds, [&](const Kind& one) { return std::string_view(heard.kind).starts_with(one.begin); });
  if (kind == kinds.end() || !kind->wanted) {
    heard.ignored = heard.kind.empty() ? "no X-Gitea-Event" : heard.kind;
    return heard;
  }
  const auto object = hook::read_object(head, body);
  if (!object) return failed(object.error());
  const auto repository = hook::need_text(*object, kind->repository);
  if (!repository) return failed(repository.error());
  if (!settings_->wants(*repository)) {
    heard.ignored = heard.kind + " of " + *repository + ", which repos= does not name";
    return heard;
  }
  if (!hook::is_repository(*repository))
    return rejected(std::string(kind->repository) + ": is no name of a repository");
  if (auto read = (this->*kind->hear)(*object, heard); !read) return failed(read.error());
  return heard;
}

// The words of `status` differ by version, those of `action` do not.
Result<void> GiteaHook::hear_run(const json::object& body, hook::Heard& heard) const {
  const auto run = hook::need_object(body, "workflow_run");
  if (!run) return failed(run.error());
  const std::string action = text_at(body, "action");
  if (action != "requested" && action != "in_progress" && action != "completed") {
    heard.ignored = "workflow_run, action " + action;
    return ok();
  }
  const bool ended = action == "completed";
  if (ended && text_at(**run, "conclusion").empty()) {
    heard.ignored = "workflow_run that is completed and has no conclusion";
    return ok();
  }
  json::object told = **run;
  told["status"] = ended ? "completed" : action == "requested" ? "queued" : "in_progress";
  auto made = run_of(told, object_at(body, "repository"), object_at(body, "workflow"), settings_->shape.ci,
                     heard.notes);
  if (!made) return below("workflow_run", made.error());
  // It was told so when it was begun again, with its old end taken away.
  if (ended && !made->ended) {
    heard.ignored = "workflow_run that is completed and has no completed_at";
    return ok();
  }
  if (made->owner.empty()) made->owner = text_at(body, "sender.login");
  heard.runs.push_back(std::move(*made));
  return ok();
}

Result<void> GiteaHook::hear_job(const json::object& body, hook::Heard& heard) const {
  const auto job = hook::need_object(body, "workflow_job");
  if (!job) return failed(job.error());
  auto made = job_of(**job, object_at(body, "repository"), settings_->shape.ci, heard.notes);
  if (!made) return below("workflow_job", made.error());
  made->job.has_log = made->job.has_log && !settings_->token.empty();
  made->alone.owner = text_at(body, "sender.login");
  heard.jobs.push_back(std::move(*made));
  return ok();
}

Result<void> GiteaHook::hear_status(const json::object& body, hook::Heard& heard) const {
  const bool own = text_at(body, "target_url").find("/actions/runs/") != std::string::npos;
  if (own || text_at(body, "state") == "pending") {
    heard.ignored = "status of Actions, or one that is pending";
    return ok();
  }
  auto made = status_of(body, heard.notes);
  if (!made) return failed(made.error());
  heard.runs.push_back(std::move(*made));
  return ok();
}

// A run that is green again comes twice, as success and as recover.
Result<void> GiteaHook::hear_forgejo_run(const json::object& body, hook::Heard& heard) const {
  const auto run = hook::need_object(body, "run");
  if (!run) return failed(run.error());
  auto made = forgejo_run_of(**run, "", settings_->shape.ci, heard.notes);
  if (!made) return below("run", made.error());
  heard.runs.push_back(std::move(*made));
  return ok();
}

std::vector<std::string> GiteaHook::advice(const std::string& url) const {
  const bool forgejo = settings_->shape.ci == "forgejo";
  std::string events;
  if (settings_->runs)
    events = forgejo ? "Action run: success, failure, recover" : "Workflow run, Workflow job";
  if (settings_->statuses) events += (events.empty() ? "" : ", ") + std::string("Status");
  return {
      std::string("Settings > Webhooks > Add webhook > ") + (forgejo ? "Forgejo" : "Gitea") +
          ", of the repository or the organisation",
      "Target URL: " + url,
      "HTTP method: POST, content type: application/json",
      "Secret: that of secret=",
      "Custom events: " + events,
      "the server calls only hosts that its [webhook] ALLOWED_HOST_LIST names: one in the LAN is not among "
      "them by default"};
}

}  // namespace carillon::source::gitea
