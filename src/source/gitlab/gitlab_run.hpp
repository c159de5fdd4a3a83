// GitLab's objects as runs and jobs; hooks and API have them alike, but for names. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::gitlab {

// A project, as whoever tells of it has it.
struct Project {
  // "team/app".
  std::string path;
  // Its page, without a '/' at its end.
  std::string page;
  // To clone from.
  std::string repository;
};

// `object_attributes` of a hook, or a pipeline of the API. Failure (rejected): the path of what is missing.
Result<hook::Run> pipeline_of(const json::object& pipeline, const Project& project,
                              std::vector<std::string>& notes);

// Whether its state is one that we know, or at least an end. Of any other nothing can be made.
bool can_be_told(const json::object& pipeline);

// `merge_request` of a hook, or a merge request of the API, which the run belongs to.
void read_merge_request(hook::Run& run, const json::object& merge_request);

// `commit` of a hook of a pipeline, or of a job of the API.
void read_commit(hook::Run& run, const json::object& commit);

// A job of `builds` of a hook, or of the API. has_logs: whether the API can be asked for them. Failure
// (rejected): likewise.
Result<hook::Job> job_of(const json::object& job, const Project& project, bool has_logs,
                         std::vector<std::string>& notes);

// The latest try of each job, by stage, then as they were made. stages: their names in order; a stage that is
// not named comes where its first job was made.
std::vector<hook::Job> steps_of(const std::vector<const json::object*>& jobs, const json::array* stages,
                                const Project& project, bool has_logs, std::vector<std::string>& notes);

// The body of a job's hook, as part of its pipeline and as a build of its own.
Result<hook::JobOfRun> hooked_job_of(const json::object& body, const Project& project, bool has_logs,
                                     std::vector<std::string>& notes);

// Jobs of the API as builds of their own: all tries of all jobs of that pipeline.
std::vector<hook::Run> jobs_alone(const hook::Run& pipeline, const std::vector<const json::object*>& jobs,
                                  const Project& project, bool has_logs, std::vector<std::string>& notes);

// A test report of the API; nullopt: there are no tests.
std::optional<hook::Tests> tests_of(const json::object& report);

// "pipeline-7".
std::string pipeline_id(std::int64_t id);

}  // namespace carillon::source::gitlab
