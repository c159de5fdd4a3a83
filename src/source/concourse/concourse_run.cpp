#include "source/concourse/concourse_run.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::concourse {
namespace {

using hook::moment_at;
using hook::Phase;

std::optional<std::int64_t> small_number(std::string_view text) {
  if (!is_digits(text) || text.size() > 15) return std::nullopt;
  return std::stoll(std::string(text));
}

}  // namespace

Result<hook::Run> run_of(const json::object& build, const std::string& url, std::vector<std::string>& notes) {
  const auto id = hook::need_integer(build, "id");
  const auto status = hook::need_text(build, "status");
  const auto name = hook::need_text(build, "name");
  const auto team = hook::need_text(build, "team_name");
  const auto pipeline = hook::need_text(build, "pipeline_name");
  const auto job = hook::need_text(build, "job_name");
  if (!id) return failed(id.error());
  if (!status) return failed(status.error());
  if (!name) return failed(name.error());
  if (!team) return failed(team.error());
  if (!pipeline) return failed(pipeline.error());
  if (!job) return failed(job.error());
  hook::Run made;
  const auto state = hook::state_of(*status);
  if (!state) notes.push_back("unknown status '" + *status + "'");
  made.state = state.value_or(hook::State{Phase::ended, Results::exception});
  made.id = "build-" + std::to_string(*id);
  made.numeric_id = *id;
  // "42", and "42.1" when it was run again.
  const auto dot = name->find('.');
  made.number = small_number(std::string_view(*name).substr(0, dot)).value_or(*id);
  if (dot != std::string::npos)
    made.attempt = small_number(std::string_view(*name).substr(dot + 1)).value_or(0) + 1;
  made.project = *team;
  made.pipeline = *pipeline;
  made.job = *job;
  made.submitted = moment_at(build, "create_time");
  made.started = moment_at(build, "start_time");
  made.ended = moment_at(build, "end_time");
  made.url = url + "teams/" + percent_encode(*team) + "/pipelines/" + percent_encode(*pipeline) + "/jobs/" +
             percent_encode(*job) + "/builds/" + percent_encode(*name);
  made.event = "concourse";
  made.owner = text_at(build, "created_by");
  made.properties.emplace_back("concourse_build_id", *id);
  return made;
}

}  // namespace carillon::source::concourse
