#include "reporter/common/commit_status_push.hpp"

#include "reporter/common/http_exchange.hpp"

namespace carillon::reporter {

Task<std::vector<Delivery>> CommitStatusPush::compose(const Details& details) {
  if (details.builds.empty()) co_return std::vector<Delivery>();
  const json::object& build = details.builds.front();
  const Kind kind = this->kind();
  std::vector<std::string> notes;
  const json::object body = co_await body_of(build, details, notes);
  StatusSheet sheet(kind.service, details);
  const bool is_own = !own_runs_ && string_at(build, "ci") == kind.service;
  const auto commits = reported_commits(build, kind.forge, kind.hashes, sheet);
  for (std::size_t i = 0; i < commits.size(); ++i) {
    const auto& [at, commit] = commits[i];
    if (is_own) {
      sheet.leave_out(commit, "the run is shown there already (ownRuns=True reports it, too)");
      continue;
    }
    const auto status = status_of(build, commits, i, body);
    if (!status) {
      sheet.leave_out(commit, status.error());
      continue;
    }
    std::string lane = kind.service;
    lane.append(" ")
        .append(status->place)
        .append(" ")
        .append(commit.revision)
        .append(" ")
        .append(status->name);
    sheet.add(at, status->ref ? lane + " " + *status->ref : lane,
              status->place + " " + commit.revision.substr(0, 12), json::serialize(status->payload), lane);
  }
  co_return std::move(sheet).deliveries(notes);
}

void add_status_arguments(settings::Schema& schema) {
  add_verbose_argument(schema);
  add_push_arguments(schema);
  add_wire_arguments(schema);
  add_our_arguments(schema);
}

}  // namespace carillon::reporter
