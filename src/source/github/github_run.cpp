#include "source/github/github_run.hpp"

#include "source/hook/actions.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::github {

using hook::moment_at;
using hook::Phase;
namespace actions = hook::actions;

Result<hook::Run> suite_of(const json::object& suite, const json::object& repository,
                           std::vector<std::string>& notes) {
  const auto id = hook::need_integer(suite, "id");
  if (!id) return failed(id.error());
  hook::Run made;
  made.state = actions::state_of_both(suite, "check_suite", notes);
  made.id = "suite-" + std::to_string(*id);
  made.number = *id;
  made.numeric_id = *id;
  actions::read_repository(made, repository);
  made.pipeline = hook::first_text(suite, {"app.name", "app.slug"});
  made.submitted = moment_at(suite, "created_at");
  made.started = made.submitted;
  made.ended = moment_at(suite, "updated_at");
  if (made.state.phase == Phase::ended && made.ended) made.occurrence = std::to_string(*made.ended);
  made.revision = text_at(suite, "head_sha");
  made.url = text_at(repository, "html_url") + "/commit/" + made.revision + "/checks";
  const bool is_pull_request = actions::own_pull_request(suite, integer_at(repository, "id")) != nullptr;
  actions::read_branch(made, suite, repository, text_at(suite, "head_branch"), made.project, is_pull_request);
  // Of a fork's pull request it has neither.
  if (made.head_branch.empty()) made.from_fork = true;
  if (const json::object* commit = object_at(suite, "head_commit")) actions::read_commit(made, *commit);
  made.event = "check_suite";
  made.properties.emplace_back("github_check_suite_id", *id);
  return made;
}

Result<hook::JobOfRun> check_of(const json::object& check, const json::object& repository,
                                std::vector<std::string>& notes) {
  const auto id = hook::need_integer(check, "id");
  const auto suite = hook::need_integer(check, "check_suite.id");
  if (!id) return failed(id.error());
  if (!suite) return failed(suite.error());
  hook::JobOfRun made;
  made.run = "suite-" + std::to_string(*suite);
  hook::Job& part = made.job;
  part.id = std::to_string(*id);
  part.name = text_at(check, "name");
  part.state = actions::state_of_both(check, "check_run", notes);
  part.said = text_at(check, "output.title");
  part.started = moment_at(check, "started_at");
  part.ended = moment_at(check, "completed_at");
  part.url = hook::first_text(check, {"details_url", "html_url"});
  hook::Run& alone = made.alone;
  alone.state = part.state;
  alone.id = "check-" + part.id;
  alone.of_run = made.run;
  alone.number = *id;
  alone.numeric_id = *id;
  actions::read_repository(alone, repository);
  alone.pipeline = hook::first_text(check, {"app.name", "app.slug"});
  alone.job = part.name;
  alone.said = part.said;
  alone.started = part.started;
  alone.ended = part.ended;
  alone.url = part.url;
  alone.revision = text_at(check, "head_sha");
  alone.branch = text_at(check, "check_suite.head_branch");
  alone.branch_unsure = true;
  alone.event = "check_run";
  return made;
}

}  // namespace carillon::source::github
