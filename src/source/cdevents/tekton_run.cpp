#include "source/cdevents/tekton_run.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "base/url.hpp"
#include "source/cdevents/cdevents_run.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::cdevents {
namespace {

using hook::Phase;

// Labels and annotations have dots in their names, so no path leads to them.
std::string member(const json::object* object, std::string_view name) {
  const json::value* value = object == nullptr ? nullptr : object->if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

struct Resource {
  const json::object& object;
  const json::object* labels;
  const json::object* annotations;

  std::string mark(std::string_view name) const {
    const std::string annotation = member(annotations, name);
    return annotation.empty() ? member(labels, name) : annotation;
  }
  // "revision" out of spec.params.
  std::string parameter(std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names) {
      for (const json::object* one : objects_at(object, "spec.params")) {
        if (text_at(*one, "name") != name) continue;
        if (std::string value = text_at(*one, "value"); !value.empty()) return value;
      }
    }
    return {};
  }
};

// Why it could not even begin: what people gave Tekton was wrong, or was not there.
bool is_fault_of_setup(std::string_view reason) {
  return reason.find("CouldntGet") != std::string_view::npos ||
         reason.find("Validation") != std::string_view::npos || reason.starts_with("Invalid") ||
         reason.ends_with("Invalid") || reason.ends_with("Mismatch") ||
         reason.find("ImagePull") != std::string_view::npos;
}

hook::State state_of_condition(const json::object* condition, std::string_view predicate,
                               hook::Heard& heard) {
  const std::string status = condition == nullptr ? "Unknown" : text_at(*condition, "status");
  const std::string reason = condition == nullptr ? "" : text_at(*condition, "reason");
  if (status == "Unknown") return {predicate == "queued" ? Phase::waits : Phase::runs, Results::success};
  if (status == "True") return {Phase::ended, Results::success};
  if (status != "False") {
    heard.notes.push_back("unknown result '" + status + "'");
    return {Phase::ended, Results::exception};
  }
  if (reason.find("Cancelled") != std::string::npos) return {Phase::ended, Results::cancelled};
  return {Phase::ended, is_fault_of_setup(reason) ? Results::exception : Results::failure};
}

const json::object* condition_of(const json::object& object) {
  for (const json::object* one : objects_at(object, "status.conditions")) {
    if (text_at(*one, "type") == "Succeeded") return one;
  }
  return nullptr;
}

// Which PipelineRun a TaskRun is of, by its uid.
std::string owner_uid(const Resource& resource) {
  for (const json::object* owner : objects_at(resource.object, "metadata.ownerReferences")) {
    if (text_at(*owner, "kind") == "PipelineRun") return text_at(*owner, "uid");
  }
  return resource.mark("tekton.dev/pipelineRunUID");
}

std::string web_only(std::string text) {
  const auto url = Url::parse(text);
  return url && url->is_http() && url->login.empty() ? text : std::string();
}

// What Pipelines-as-Code notes of where a run is from.
void read_code(const Resource& resource, hook::Run& run) {
  run.revision = resource.parameter({"revision", "git-revision"});
  for (const char* name : {"pipelinesascode.tekton.dev/sha", "build.appstudio.redhat.com/commit_sha"}) {
    if (const std::string mark = resource.mark(name); !mark.empty()) run.revision = mark;
  }
  run.repository = web_only(resource.mark("pipelinesascode.tekton.dev/repo-url"));
  if (run.repository.empty()) run.repository = web_only(resource.parameter({"url", "git-url", "repo-url"}));
  run.branch = resource.mark("pipelinesascode.tekton.dev/branch");
  run.event = resource.mark("pipelinesascode.tekton.dev/event-type");
  run.owner = resource.mark("pipelinesascode.tekton.dev/sender");
  run.reason = resource.mark("pipelinesascode.tekton.dev/sha-title");
  const std::string pull_request = resource.mark("pipelinesascode.tekton.dev/pull-request");
  if (!is_digits(pull_request) || pull_request.size() > 12) return;
  run.pull_request = std::stoll(pull_request);
  run.base_branch = run.branch;
  run.head_branch = resource.mark("pipelinesascode.tekton.dev/source-branch");
  const bool gitlab = resource.mark("pipelinesascode.tekton.dev/git-provider") == "gitlab";
  run.branch = (gitlab ? "refs/merge-requests/" : "refs/pull/") + pull_request + "/head";
  const std::string from = resource.mark("pipelinesascode.tekton.dev/source-repo-url");
  run.from_fork = from != resource.mark("pipelinesascode.tekton.dev/repo-url");
}

std::string name_of(const Resource& resource, std::initializer_list<std::string_view> labels,
                    std::initializer_list<std::string_view> paths) {
  for (const std::string_view label : labels) {
    if (std::string name = resource.mark(label); !name.empty()) return name;
  }
  std::string name = hook::first_text(resource.object, paths);
  if (name.empty()) {
    name = text_at(resource.object, "metadata.generateName");
    while (name.ends_with('-'))
      name.pop_back();
  }
  return name.empty() ? text_at(resource.object, "metadata.name") : name;
}

Result<hook::Run> run_of_resource(const Resource& resource, std::string_view predicate, hook::Heard& heard) {
  const auto uid = hook::need_text(resource.object, "metadata.uid");
  if (!uid) return failed(uid.error());
  const json::object* condition = condition_of(resource.object);
  hook::Run run;
  run.state = state_of_condition(condition, predicate, heard);
  run.id = "tekton-" + hook::key_part(*uid);
  run.counted = true;
  run.project = text_at(resource.object, "metadata.namespace");
  run.submitted = hook::moment_at(resource.object, "metadata.creationTimestamp");
  run.started = hook::moment_at(resource.object, "status.startTime");
  if (run.state.phase == Phase::ended) {
    run.ended = hook::moment_at(resource.object, "status.completionTime");
    if (!run.ended && condition != nullptr) run.ended = hook::moment_at(*condition, "lastTransitionTime");
  }
  if (condition != nullptr) {
    const std::string reason = text_at(*condition, "reason");
    const std::string message = first_line(text_at(*condition, "message"));
    run.said = message.empty() || reason.empty() ? reason + message : reason + ": " + message;
  }
  read_code(resource, run);
  run.properties.emplace_back("tekton_uid", json::value(*uid));
  run.properties.emplace_back("tekton_name", json::value(text_at(resource.object, "metadata.name")));
  run.url = web_only(resource.mark("pipelinesascode.tekton.dev/log-url"));
  return run;
}

struct Root {
  std::string_view kind;
  std::string_view member;
};
constexpr auto roots =
    std::to_array<Root>({{"pipelinerun", "pipelineRun"}, {"taskrun", "taskRun"}, {"customrun", "customRun"}});

}  // namespace

Result<void> hear_tekton(const CloudEvent& event, hook::Heard& heard) {
  const auto words = words_of(std::string_view(event.type).substr(tekton_prefix.size()), ".");
  const auto* root = words.size() < 2 ? roots.end() : std::ranges::find(roots, words[0], &Root::kind);
  if (root == roots.end()) {
    heard.ignored = event.type;
    return ok();
  }
  const auto object = hook::need_object(event.data, root->member);
  if (!object) return rejected(event.path + object.error().what);
  const Resource resource{**object, object_at(**object, "metadata.labels"),
                          object_at(**object, "metadata.annotations")};
  auto run = run_of_resource(resource, words[1], heard);
  if (!run) return rejected(event.path + std::string(root->member) + "." + run.error().what);
  if (root->kind == "pipelinerun") {
    run->pipeline = name_of(resource, {"tekton.dev/pipeline"}, {"spec.pipelineRef.name"});
    heard.runs.push_back(std::move(*run));
    return ok();
  }
  run->pipeline = name_of(resource, {"tekton.dev/task", "tekton.dev/clusterTask"}, {"spec.taskRef.name"});
  const std::string owner = owner_uid(resource);
  if (owner.empty()) {
    heard.runs.push_back(std::move(*run));
    return ok();
  }
  hook::JobOfRun made;
  made.run = "tekton-" + hook::key_part(owner);
  made.job.id = run->id;
  made.job.name = name_of(resource, {"tekton.dev/pipelineTask"}, {"spec.taskRef.name"});
  made.job.state = run->state;
  made.job.said = run->said;
  made.job.started = run->started;
  made.job.ended = run->ended;
  run->of_run = made.run;
  if (const std::string pipeline = resource.mark("tekton.dev/pipeline"); !pipeline.empty()) {
    run->pipeline = pipeline;
    run->job = made.job.name;
  }
  made.alone = std::move(*run);
  made.may_be_alone = true;
  heard.jobs.push_back(std::move(made));
  return ok();
}

}  // namespace carillon::source::cdevents
