// Starting workflows by workflow_dispatch.
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/gitea/gitea_api.hpp"
#include "source/hook/actions.hpp"
#include "source/hook/body.hpp"
#include "source/hook/forge_answer.hpp"
#include "source/hook/place.hpp"
#include "source/hook/workflow_inputs.hpp"

namespace carillon::source::gitea {
namespace {

constexpr std::string_view start_rights =
    "the token may not start workflows: it needs the scope write:repository, and its user to write";

// "ci.yml", of "ci.yml@refs/heads/main" or ".gitea/workflows/ci.yml"; empty: it is no workflow.
std::string workflow_file(const hook::Pipeline& pipeline, const std::string& ci) {
  std::string path = hook::first_text(pipeline.properties, {ci + "_workflow_path", ci + "_workflow_id"});
  path = path.substr(0, path.find('@'));
  path = path.substr(path.rfind('/') + 1);
  return path.ends_with(".yml") || path.ends_with(".yaml") ? path : std::string();
}

}  // namespace

Task<hook::Form> GiteaApi::form(const hook::Pipeline& pipeline, const std::string& branch) {
  const std::string name = workflow_file(pipeline, settings_->shape.ci);
  if (name.empty() || !hook::is_repository(pipeline.project))
    co_return rejected("it is no workflow of Actions");
  const std::string place = "repos/" + pipeline.project;
  const auto repository = co_await account_.json(place);
  if (!repository) co_return failed(repository.error());
  if (!repository->is_object())
    co_return rejected("the server does not know " + pipeline.project + ", or the token may not see it");
  hook::Form form;
  form.branch = text_at(repository->get_object(), "default_branch");
  // The first that exists is the one that counts.
  for (const std::string_view folder : {".forgejo/workflows/", ".gitea/workflows/", ".github/workflows/"}) {
    const std::string path = std::string(folder) + name;
    std::string address = place;
    address.append("/contents/").append(folder).append(percent_encode(name));
    if (!branch.empty()) address.append("?ref=").append(percent_encode(branch));
    const auto answer = co_await account_.json(address);
    if (!answer) co_return failed(answer.error());
    if (answer->is_null()) continue;
    const auto text = hook::text_of_file(*answer);
    if (!text) co_return rejected(path + ": " + text.error().what);
    auto inputs = hook::workflow_inputs(*text);
    if (!inputs) co_return rejected(path + ": " + inputs.error().what);
    form.fields = std::move(inputs->fields);
    co_return form;
  }
  co_return rejected("there is no workflow " + name + (branch.empty() ? "" : " on " + branch) +
                     ", or the token may not read it");
}

Task<std::string> GiteaApi::start(const hook::Pipeline& pipeline, const hook::Form& form,
                                  const hook::Order& order) {
  const std::string name = workflow_file(pipeline, settings_->shape.ci);
  json::object body{{"ref", order.branch.empty() ? form.branch.value_or("") : order.branch}};
  json::object inputs;
  for (const auto& [field, value] : order.values)
    inputs[field] = value;
  if (!inputs.empty()) body["inputs"] = std::move(inputs);
  // Gitea asks for the query, Forgejo for the member.
  body["return_run_info"] = true;
  auto answer = co_await account_.send("POST",
                                       "repos/" + pipeline.project + "/actions/workflows/" +
                                           percent_encode(name) + "/dispatches?return_run_details=true",
                                       json::serialize(body));
  if (!answer) co_return failed(answer);
  if (answer->status == 400 || answer->status == 422)
    co_return rejected("the server refuses it: " + hook::message_of(*answer));
  if (answer->status == 403) co_return rejected(std::string(start_rights));
  if (answer->status == 404)
    co_return rejected("the server does not know the workflow or the branch, or " +
                       std::string(start_rights));
  if (auto judged = http::judge(*answer, clock_.now() / 1000); !judged) co_return failed(judged);
  boost::system::error_code error;
  const json::value told = boost::json::parse(answer->body, error);
  if (error || !told.is_object()) co_return std::string();
  if (const auto run = integer_at(told.get_object(), "workflow_run_id"))
    co_return hook::actions::run_id(*run, 1);
  // Forgejo's runs have no attempts.
  const auto run = integer_at(told.get_object(), "id");
  co_return run ? "run-" + std::to_string(*run) : std::string();
}

}  // namespace carillon::source::gitea
