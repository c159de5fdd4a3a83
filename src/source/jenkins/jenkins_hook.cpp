#include "source/jenkins/jenkins_hook.hpp"

#include "base/letters.hpp"
#include "base/text.hpp"
#include "source/credentials.hpp"
#include "source/hook/body.hpp"
#include "source/jenkins/jenkins_notice.hpp"

namespace carillon::source::jenkins {
namespace {

constexpr std::string_view events_of_jobs = "org.jenkinsci.job.";
constexpr std::string_view cdevents = "dev.cdevents.";
constexpr std::string_view key_parameter = "key";

tl::unexpected<Failure> no_cdevents() {
  return rejected(
      "this is what Jenkins' CDEvents plugin sends: its events are no JSON, and their outcomes are not the "
      "results "
      "of builds (FAILURE becomes error, UNSTABLE success); use the Notification plugin, the CloudEvents "
      "plugin, or "
      "auth= to poll");
}

}  // namespace

std::vector<hook::Dialect::Path> JenkinsHook::paths(const std::string& name) const {
  const std::string path = "/hook/" + name;
  return {{.method = "POST", .path = path},
          {.method = "POST", .path = path + "/{" + std::string(key_parameter) + "}", .secret = true}};
}

bool JenkinsHook::may_be_right(const web::Head& head) const {
  if (lets_anybody_in(settings_->tokens)) return true;
  const auto key = head.parameters.find(key_parameter);
  const bool in_path = key != head.parameters.end() && is_one_of(key->second, settings_->tokens);
  const auto shown = shown_token(head.authorization);
  const bool in_header = shown && is_one_of(*shown, settings_->tokens);
  return in_path || in_header;
}

bool JenkinsHook::is_right(const web::Head& head, std::string_view /*body*/, std::int64_t /*now*/) const {
  return may_be_right(head);
}

std::string JenkinsHook::unsupported(const web::Head& head) const {
  const std::string type = lower(head.content_type);
  if (type.find("xml") != std::string::npos)
    return "XML: set the format of the Notification plugin's endpoint to JSON";
  if (type.starts_with("application/cloudevents"))
    return "CloudEvents in the structured mode: the plugin sends the binary one, with headers ce-*";
  if (hook::is_form(head)) return "a form: send JSON";
  return {};
}

Result<hook::Heard> JenkinsHook::hear(const web::Head& head, std::string_view body, Millis /*now*/) const {
  hook::Heard heard;
  heard.delivery = web::header(head, "ce-id");
  heard.kind = web::header(head, "ce-type");
  if (heard.kind.starts_with(cdevents) || trim(body).starts_with("CloudEvent{")) return no_cdevents();
  if (!heard.kind.empty() && !heard.kind.starts_with(events_of_jobs)) {
    heard.ignored = heard.kind;
    return heard;
  }
  const auto object = hook::read_object(head, body);
  if (!object) return failed(object.error());
  if (text_at(*object, "context.type").starts_with(cdevents)) return no_cdevents();
  Result<void> read;
  if (!heard.kind.empty()) {
    read = hear_notification(*object, std::string_view(heard.kind).substr(events_of_jobs.size()), heard);
  } else if (object->contains("build")) {
    const auto phase = hook::need_text(*object, "build.phase");
    if (!phase) return failed(phase.error());
    heard.kind = "phase " + *phase;
    read = hear_notification(*object, lower(*phase), heard);
  } else if (object->contains("fullJobName")) {
    heard.kind = "statistics";
    read = hear_statistics(*object, heard);
  } else if (object->contains("ciUrl")) {
    heard.ignored = "statistics of something else than a build";
  } else {
    return rejected(
        "build: missing; fullJobName: missing, too: neither the Notification plugin's form, nor that of the "
        "Statistics Gatherer");
  }
  if (!read) return failed(read.error());
  return heard;
}

void JenkinsHook::add(hook::Run run, hook::Heard& heard) const {
  if (!settings_->wants(run.project)) {
    heard.ignored = "a build of " + run.project + ", which jobs= does not name";
  } else if (settings_->polls && run.state.phase == hook::Phase::runs && run.posted_as.empty()) {
    heard.ignored = "a start that does not say its place in the queue: a look at the API tells of it";
  } else {
    heard.runs.push_back(std::move(run));
  }
}

Result<void> JenkinsHook::hear_notification(const json::object& body, std::string_view phase,
                                            hook::Heard& heard) const {
  if (phase == "finalzed") phase = "finalized";  // as the CloudEvents plugin once writes it
  if (phase != "started" && phase != "completed" && phase != "finalized") {
    // QUEUED comes when the build starts, with STARTED.
    heard.ignored = heard.kind;
    return ok();
  }
  if (phase == "completed" && text_at(body, "build.status").empty()) {
    heard.ignored = heard.kind + " without a status";  // FINALIZED has it
    return ok();
  }
  const auto address = hook::need_text(body, "url");
  if (!address) return failed(address.error());
  const auto job = job_of_address(*address);
  if (!job) return rejected("url: is no address of a job like job/team/job/app/");
  if (job->empty()) {
    heard.ignored = "a part of a job, which tells of the whole";
    return ok();
  }
  auto run = run_of_notification(*settings_, *job, body, phase, heard.notes);
  if (!run) return failed(run.error());
  add(std::move(*run), heard);
  return ok();
}

Result<void> JenkinsHook::hear_statistics(const json::object& body, hook::Heard& heard) const {
  auto run = run_of_statistics(*settings_, body, heard.notes);
  if (!run) return failed(run.error());
  add(std::move(*run), heard);
  return ok();
}

std::vector<std::string> JenkinsHook::advice(const std::string& url) const {
  const auto scheme = url.find("://");
  std::string with_token = url;
  if (scheme != std::string::npos) with_token.insert(scheme + 3, "any:TOKEN@");
  return {"in Jenkins' Notification plugin, in each job: Job Notifications > Add Endpoint",
          "Format: JSON, Protocol: HTTP, Event: All Events",
          "URL: " + with_token + ", with the token= for TOKEN",
          "or in the CloudEvents plugin, HTTP sink: " + url + "/TOKEN"};
}

}  // namespace carillon::source::jenkins
