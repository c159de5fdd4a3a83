// Starting workflows by workflow_dispatch.
#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/github/github_api.hpp"
#include "source/hook/actions.hpp"
#include "source/hook/forge_answer.hpp"
#include "source/hook/place.hpp"
#include "source/hook/workflow_inputs.hpp"

namespace carillon::source::github {
namespace {

constexpr int most_pages_of_environments = 3;
constexpr std::chrono::milliseconds looks_for_run[] = {std::chrono::seconds(1), std::chrono::seconds(2),
                                                       std::chrono::seconds(3), std::chrono::seconds(4)};
constexpr std::string_view start_rights =
    "the token may not start workflows: it needs Actions: write (of a classic token the scope repo)";

std::string number_text(const json::object& object, std::string_view name) {
  const auto number = integer_at(object, name);
  return number ? std::to_string(*number) : std::string();
}

}  // namespace

Task<GitHubApi::Workflow> GitHubApi::workflow_of(const hook::Pipeline& pipeline) {
  const std::string& repository = pipeline.project;
  if (!hook::is_repository(repository)) co_return rejected("it is no workflow of Actions");
  Workflow found{number_text(pipeline.properties, "github_workflow_id"),
                 text_at(pipeline.properties, "github_workflow_path")};
  // A job that is a build of its own knows only its run.
  if (const std::string run = number_text(pipeline.properties, "github_run_id");
      found.id.empty() && !run.empty()) {
    const auto answer = co_await account_.json("repos/" + repository + "/actions/runs/" + run);
    if (!answer) co_return failed(answer.error());
    if (!answer->is_object()) co_return rejected("GitHub does not know run " + run + " any more");
    found.id = number_text(answer->get_object(), "workflow_id");
  }
  if (found.id.empty()) co_return rejected("it is no workflow of Actions");
  found.path = found.path.substr(0, found.path.find('@'));
  if (!found.path.empty()) co_return found;
  const auto answer = co_await account_.json("repos/" + repository + "/actions/workflows/" + found.id);
  if (!answer) co_return failed(answer.error());
  if (answer->is_object()) found.path = text_at(answer->get_object(), "path");
  if (found.path.empty()) co_return rejected("GitHub does not know the workflow any more");
  co_return found;
}

Task<std::vector<std::string>> GitHubApi::environments(const std::string& repository) {
  const auto listed =
      co_await pages("repos/" + repository + "/environments", "environments", most_pages_of_environments);
  if (!listed) co_return failed(listed.error());
  std::vector<std::string> names;
  for (const json::value& one : listed->items) {
    if (one.is_object()) names.push_back(text_at(one.get_object(), "name"));
  }
  co_return names;
}

Task<hook::Form> GitHubApi::form(const hook::Pipeline& pipeline, const std::string& branch) {
  const auto workflow = co_await workflow_of(pipeline);
  if (!workflow) co_return failed(workflow.error());
  if (!workflow->path.starts_with(".github/workflows/") || workflow->path.find("/../") != std::string::npos)
    co_return rejected("GitHub itself runs " + workflow->path + ": nobody can start it");
  const std::string place = "repos/" + pipeline.project;
  hook::Form form;
  const auto repository = co_await account_.json(place);
  if (!repository) co_return failed(repository.error());
  if (!repository->is_object())
    co_return rejected("GitHub does not know " + pipeline.project + ", or the token may not see it");
  form.branch = text_at(repository->get_object(), "default_branch");
  std::string file = place + "/contents";
  for (const std::string_view part : words_of(workflow->path, "/"))
    file += "/" + percent_encode(part);
  if (!branch.empty()) file += "?ref=" + percent_encode(branch);
  const auto answer = co_await account_.json(file);
  if (!answer && answer.error().kind == Failure::Kind::rejected)
    co_return rejected("the token may not read " + workflow->path +
                       ", where its inputs stand: it needs Contents: read");
  if (!answer) co_return failed(answer.error());
  if (answer->is_null())
    co_return rejected("there is no " + workflow->path + (branch.empty() ? "" : " on " + branch) +
                       ", or the token may not read it: it needs Contents: read");
  const auto text = hook::text_of_file(*answer);
  if (!text) co_return rejected(workflow->path + ": " + text.error().what);
  auto inputs = hook::workflow_inputs(*text);
  if (!inputs) co_return rejected(workflow->path + ": " + inputs.error().what);
  if (!inputs->environments.empty()) {
    const auto names = co_await environments(pipeline.project);
    if (!names && names.error().kind != Failure::Kind::rejected) co_return failed(names.error());
    // Whoever may not list them names one.
    for (hook::Field& field : inputs->fields) {
      if (!names || names->empty() ||
          std::ranges::find(inputs->environments, field.name) == inputs->environments.end())
        continue;
      field.kind = hook::Field::Kind::choice;
      field.choices = *names;
    }
  }
  form.fields = std::move(inputs->fields);
  co_return form;
}

Task<std::int64_t> GitHubApi::newest_started(const std::string& place) {
  const auto answer = co_await account_.json(place + "/runs?event=workflow_dispatch&per_page=1");
  if (!answer) co_return failed(answer.error());
  const auto runs = answer->is_object() ? objects_at(answer->get_object(), "workflow_runs")
                                        : std::vector<const json::object*>();
  co_return runs.empty() ? 0 : integer_at(*runs.front(), "id").value_or(0);
}

// It has been started, whatever comes of the search.
Task<std::string> GitHubApi::wait_for_newer(std::string place, std::int64_t before) {
  for (const auto pause : looks_for_run) {
    co_await sleep_for(pause);
    const auto newest = co_await newest_started(place);
    if (newest && *newest > before) co_return hook::actions::run_id(*newest, 1);
  }
  co_return std::string();
}

Task<std::string> GitHubApi::start(const hook::Pipeline& pipeline, const hook::Form& form,
                                   const hook::Order& order) {
  const auto workflow = co_await workflow_of(pipeline);
  if (!workflow) co_return failed(workflow.error());
  const std::string place = "repos/" + pipeline.project + "/actions/workflows/" + workflow->id;
  json::object body{{"ref", order.branch.empty() ? form.branch.value_or("") : order.branch}};
  json::object inputs;
  for (const auto& [name, value] : order.values)
    inputs[name] = value;
  if (!inputs.empty()) body["inputs"] = std::move(inputs);
  std::int64_t before = 0;
  Result<http::Response> answer = unreachable("it was not asked");
  if (tells_runs_) {
    json::object asking = body;
    asking["return_run_details"] = true;
    answer = co_await account_.send("POST", place + "/dispatches", json::serialize(asking));
    if (!answer) co_return failed(answer);
    tells_runs_ =
        answer->status != 422 || hook::message_of(*answer).find("return_run_details") == std::string::npos;
  }
  if (!tells_runs_) {
    const auto newest = co_await newest_started(place);
    if (!newest) co_return failed(newest.error());
    before = *newest;
    answer = co_await account_.send("POST", place + "/dispatches", json::serialize(body));
    if (!answer) co_return failed(answer);
  }
  if (answer->status == 422) co_return rejected("GitHub refuses it: " + hook::message_of(*answer));
  if (answer->status == 403)
    co_return rejected(std::string(start_rights) + "; GitHub says: " + hook::message_of(*answer));
  if (answer->status == 404)
    co_return rejected("GitHub does not know the workflow, or " + std::string(start_rights));
  if (auto judged = http::judge(*answer, clock_.now() / 1000); !judged) co_return failed(judged);
  if (!tells_runs_) co_return co_await wait_for_newer(place, before);
  boost::system::error_code error;
  const json::value told = boost::json::parse(answer->body, error);
  const auto run =
      !error && told.is_object() ? integer_at(told.get_object(), "workflow_run_id") : std::nullopt;
  co_return run ? hook::actions::run_id(*run, 1) : std::string();
}

}  // namespace carillon::source::github
