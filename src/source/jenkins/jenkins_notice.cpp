#include "source/jenkins/jenkins_notice.hpp"

#include "base/letters.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::jenkins {
namespace {

using hook::moment_at;
using hook::Phase;

constexpr std::size_t most_files = 500;

void read_scm(hook::Run& run, const json::object& body, std::string_view path) {
  const json::object* scm = object_at(body, path);
  if (scm == nullptr) return;
  run.repository = clone_address(text_at(*scm, "url"));
  run.revision = text_at(*scm, "commit");
  if (const std::string branch = text_at(*scm, "branch"); !branch.empty()) read_branch(run, branch);
  if (const json::array* files = array_at(*scm, "changes")) {
    for (const json::value& file : *files) {
      if (file.is_string() && run.commit.files.size() < most_files)
        run.commit.files.emplace_back(file.get_string());
    }
  }
}

void keep_parameters(hook::Run& run, const Settings& settings, const json::object& body,
                     std::string_view path) {
  const json::object* parameters = object_at(body, path);
  if (parameters == nullptr) return;
  for (const auto& [name, value] : *parameters)
    keep_parameter(run, settings, name, value);
}

std::optional<hook::Tests> summary_of(const json::object& build) {
  const json::object* summary = object_at(build, "test_summary");
  if (summary == nullptr) summary = object_at(build, "testSummary");
  if (summary == nullptr) return std::nullopt;
  hook::Tests tests;
  tests.total = integer_at(*summary, "total").value_or(0);
  tests.passed = integer_at(*summary, "passed").value_or(0);
  tests.failed = integer_at(*summary, "failed").value_or(0);
  tests.skipped = integer_at(*summary, "skipped").value_or(0);
  tests.failed_names = texts_at(*summary, "failed_tests", most_names);
  if (tests.failed_names.empty()) tests.failed_names = texts_at(*summary, "failedTests", most_names);
  return tests;
}

}  // namespace

Result<hook::Run> run_of_notification(const Settings& settings, const std::string& job,
                                      const json::object& body, std::string_view phase, Notes& notes) {
  const auto number = need_number(body, "build.number");
  if (!number) return failed(number.error());
  const json::object& build = body.at("build").get_object();
  hook::Run run = begin_run(settings, {job, *number, queue_of(build)});
  const auto moment = moment_at(build, "timestamp");
  if (phase == "started") {
    run.state = {Phase::runs};
    run.started = moment;
  } else {
    const auto status = hook::need_text(body, "build.status");
    if (!status) return failed(status.error());
    set_result(run, *status, notes);
    run.ended = moment;
    const auto duration = integer_at(build, "duration");
    if (moment && duration && *duration > 0)
      run.started = (integer_at(build, "timestamp").value_or(*moment * 1000) - *duration) / 1000;
  }
  run.submitted = run.started;
  read_scm(run, build, "scm");
  read_scm(run, build, "scmState");
  if (const std::string user = text_at(body, "userId"); is_somebody(user)) run.owner = user;
  const auto culprits = texts_at(build, "scm.culprits", most_names);
  set_culprits(run, culprits);
  if (culprits.size() == 1) run.commit.author = culprits.front();
  keep_parameters(run, settings, build, "parameters");
  read_queue(run, build, string_at(build, "display_name") ? "display_name" : "displayName");
  run.tests = summary_of(build);
  finish(run, settings, text_at(build, "log"));
  return run;
}

Result<hook::Run> run_of_statistics(const Settings& settings, const json::object& body, Notes& notes) {
  const auto job = hook::need_text(body, "fullJobName");
  const auto number = need_number(body, "number");
  const auto result = hook::need_text(body, "result");
  if (!job) return failed(job.error());
  if (!number) return failed(number.error());
  if (!result) return failed(result.error());
  if (!is_job(*job)) return rejected("fullJobName: is no path of a job");
  hook::Run run = begin_run(settings, {*job, *number});
  run.started = moment_at(body, "startTime");
  if (lower(*result) == "inprogress") {
    run.state = {Phase::runs};
  } else {
    set_result(run, *result, notes);
    run.ended = moment_at(body, "endTime");
    const auto duration = integer_at(body, "duration");
    if (run.ended && duration && *duration > 0) run.started = *run.ended - *duration / 1000;
  }
  run.submitted = run.started;
  read_scm(run, body, "scmInfo");
  read_cause(run, text_at(body, "buildCause"), text_at(body, "startedUserId"));
  run.worker = text_at(body, "slaveInfo.slaveName");
  keep_parameters(run, settings, body, "parameters");
  finish(run, settings, {});
  return run;
}

}  // namespace carillon::source::jenkins
