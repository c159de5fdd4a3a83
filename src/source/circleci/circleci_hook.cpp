#include "source/circleci/circleci_hook.hpp"

#include "source/circleci/circleci_run.hpp"
#include "source/hook/body.hpp"

namespace carillon::source::circleci {

bool CircleCIHook::may_be_right(const web::Head& head) const {
  return header(head, "circleci-signature").find("v1=") != std::string_view::npos;
}

bool CircleCIHook::is_right(const web::Head& head, std::string_view body, std::int64_t /*now*/) const {
  return hook::signed_as_circleci(head, body, settings_->secrets);
}

Result<hook::Heard> CircleCIHook::hear(const web::Head& head, std::string_view body, Millis /*now*/) const {
  hook::Heard heard;
  heard.kind = header(head, "circleci-event-type");
  const bool of_workflow = heard.kind == "workflow-completed";
  if (!of_workflow && heard.kind != "job-completed") {
    heard.ignored = heard.kind.empty() ? "no circleci-event-type" : heard.kind;
    return heard;
  }
  const auto object = hook::read_object(head, body);
  if (!object) return failed(object.error());
  heard.delivery = text_at(*object, "id");
  const auto written = hook::need_text(*object, "project.slug");
  if (!written) return failed(written.error());
  const std::string slug = slug_of(*written);
  if (!is_slug(slug)) return rejected("project.slug: is no slug of a project");
  if (!settings_->wants(slug)) {
    heard.ignored = heard.kind + " of " + slug + ", which projects= does not name";
    return heard;
  }
  const auto read = of_workflow ? hear_workflow(*object, slug, heard) : hear_job(*object, slug, heard);
  if (!read) return failed(read.error());
  return heard;
}

Result<void> CircleCIHook::hear_workflow(const json::object& body, const std::string& slug,
                                         hook::Heard& heard) const {
  const auto workflow = hook::need_object(body, "workflow");
  const auto pipeline = hook::need_object(body, "pipeline");
  if (!workflow) return failed(workflow.error());
  if (!pipeline) return failed(pipeline.error());
  if (const auto status = hook::need_text(**workflow, "status"); !status)
    return rejected("workflow." + status.error().what);
  auto run = run_of(**workflow, **pipeline, slug, settings_->web, heard.notes);
  if (!run) return failed(run.error());
  heard.runs.push_back(std::move(*run));
  return ok();
}

Result<void> CircleCIHook::hear_job(const json::object& body, const std::string& slug,
                                    hook::Heard& heard) const {
  const auto job = hook::need_object(body, "job");
  const auto pipeline = hook::need_object(body, "pipeline");
  if (!job) return failed(job.error());
  if (!pipeline) return failed(pipeline.error());
  const json::object* workflow = object_at(body, "workflow");
  if (workflow == nullptr) {
    heard.ignored = heard.kind + " of no workflow";
    return ok();
  }
  // How its workflow is going, it does not say.
  std::vector<std::string> ignored;
  auto run = run_of(*workflow, **pipeline, slug, settings_->web, ignored);
  if (!run) return failed(run.error());
  auto made = job_of(**job, *run, heard.notes);
  if (!made) return failed(made.error());
  hook::JobOfRun of_run;
  of_run.run = run->id;
  of_run.alone = alone_of(*made, std::move(*run));
  of_run.job = std::move(*made);
  heard.jobs.push_back(std::move(of_run));
  return ok();
}

std::vector<std::string> CircleCIHook::advice(const std::string& url) const {
  return {"Project Settings > Webhooks > Add Webhook, in each project", "Receiver URL: " + url,
          "Secret token: that of secret=", "Events: Workflow Completed, Job Completed",
          "Certificate verification: on"};
}

}  // namespace carillon::source::circleci
