#include "source/hydra/hydra_hook.hpp"

#include <algorithm>
#include <array>

#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::hydra {
namespace {

using hook::Phase;

struct Status {
  std::int64_t number;
  Results results;
  std::string_view said;
};
constexpr auto statuses = std::to_array<Status>({
    {0, Results::success, ""},
    {1, Results::failure, "build failed"},
    {2, Results::failure, "a dependency failed"},
    {3, Results::exception, "aborted"},
    {4, Results::cancelled, "cancelled"},
    {6, Results::failure, "failed with output"},
    {7, Results::failure, "timed out"},
    {9, Results::exception, "aborted, as nobody could build it"},
    {10, Results::failure, "log limit exceeded"},
    {11, Results::failure, "output size limit exceeded"},
});

const Status* status_of_number(std::int64_t number) {
  const auto* found = std::ranges::find(statuses, number, &Status::number);
  return found == statuses.end() ? nullptr : found;
}

}  // namespace

Results results_of_status(std::int64_t status) {
  const Status* known = status_of_number(status);
  return known == nullptr ? Results::failure : known->results;
}

Result<hook::Heard> HydraHook::hear(const web::Head& head, std::string_view body, Millis /*now*/) const {
  hook::Heard heard;
  const auto object = hook::read_object(head, body);
  if (!object) return failed(object.error());
  heard.kind = text_at(*object, "event");
  if (heard.kind != "buildFinished") {
    heard.ignored = heard.kind.empty() ? "no event" : heard.kind;
    return heard;
  }
  const auto id = hook::need_integer(*object, "build");
  const auto project = hook::need_text(*object, "project");
  const auto jobset = hook::need_text(*object, "jobset");
  const auto job = hook::need_text(*object, "job");
  if (!id) return failed(id.error());
  if (!project) return failed(project.error());
  if (!jobset) return failed(jobset.error());
  if (!job) return failed(job.error());
  const auto status = integer_at(*object, "buildStatus");
  if (!status) {
    heard.ignored = "buildFinished without buildStatus";
    return heard;
  }
  hook::Run made;
  made.state = {Phase::ended, results_of_status(*status)};
  const Status* known = status_of_number(*status);
  if (known == nullptr) heard.notes.push_back("unknown buildStatus " + std::to_string(*status));
  made.said = known == nullptr ? "buildStatus " + std::to_string(*status) : std::string(known->said);
  made.id = "build-" + std::to_string(*id);
  made.number = *id;
  made.numeric_id = *id;
  made.project = *project;
  made.pipeline = *jobset;
  made.job = *job;
  made.submitted = hook::moment_at(*object, "timestamp");
  made.started = hook::moment_at(*object, "startTime");
  made.ended = hook::moment_at(*object, "stopTime");
  // It was built before: nothing ran.
  if (*status == 0 && made.started && made.started == made.ended) made.said = "cached";
  if (!url_.empty()) made.url = url_ + "build/" + std::to_string(*id);
  made.event = "hydra";
  made.properties.emplace_back("hydra_build", *id);
  for (const auto& [property, member] : {std::pair("hydra_drv_path", "drvPath"),
                                         std::pair("nix_name", "nixName"), std::pair("system", "system")}) {
    if (const std::string text = text_at(*object, member); !text.empty())
      made.properties.emplace_back(property, json::value(text));
  }
  heard.runs.push_back(std::move(made));
  return heard;
}

std::vector<std::string> HydraHook::advice(const std::string& url) const {
  return {
      "in hydra.conf: <runcommand> job = *:*:*, command = curl -fsS --retry 5 -H \"Authorization: Bearer "
      "$(cat /run/secrets/carillon)\" --json @\"$HYDRA_JSON\" " +
          url + " </runcommand>",
      "the file holds the token of token="};
}

}  // namespace carillon::source::hydra
