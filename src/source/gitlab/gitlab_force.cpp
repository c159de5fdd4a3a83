// Starting pipelines.
#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/gitlab/ci_file.hpp"
#include "source/gitlab/gitlab_api.hpp"
#include "source/hook/forge_answer.hpp"

namespace carillon::source::gitlab {
namespace {

constexpr std::string_view default_file = ".gitlab-ci.yml";

// {"message": {"base": ["Reference not found"]}}, {"message": "403 Forbidden"}, {"error": "..."}.
std::string said_by(const http::Response& answer) {
  boost::system::error_code error;
  const json::value body = boost::json::parse(answer.body, error);
  const json::object* object = !error ? body.if_object() : nullptr;
  if (object == nullptr) return http::shown_answer(answer);
  std::vector<std::string> texts;
  if (const json::array* base = array_at(*object, "message.base")) {
    for (const json::value& one : *base) {
      if (one.is_string()) texts.emplace_back(one.get_string());
    }
  }
  for (const std::string_view member : {"message", "error_description", "error"}) {
    if (const std::string text = text_at(*object, member); texts.empty() && !text.empty())
      texts.push_back(text);
  }
  return texts.empty() ? http::shown_answer(answer) : fold_to_line(valid_utf8(joined(texts, "; ")));
}

}  // namespace

Task<std::string> GitLabApi::file_text(const std::string& project, const std::string& path,
                                       const std::string& branch) {
  // Of another project, or somewhere else altogether.
  if (path.find('@') != std::string::npos || path.find("://") != std::string::npos) co_return std::string();
  const auto answer = co_await account_.json(place_of(project) + "/repository/files/" + percent_encode(path) +
                                             "?ref=" + percent_encode(branch));
  if (!answer && answer.error().kind == Failure::Kind::rejected) co_return std::string();
  if (!answer) co_return failed(answer.error());
  if (answer->is_null()) co_return std::string();
  auto text = hook::text_of_file(*answer);
  if (!text) co_return rejected(path + ": " + text.error().what);
  co_return std::move(*text);
}

Task<std::string> GitLabApi::merged_text(const std::string& project, const std::string& branch) {
  const auto answer =
      co_await account_.json(place_of(project) + "/ci/lint?content_ref=" + percent_encode(branch));
  if (!answer && answer.error().kind == Failure::Kind::rejected) co_return std::string();
  if (!answer) co_return failed(answer.error());
  co_return answer->is_object() ? text_at(answer->get_object(), "merged_yaml") : std::string();
}

Task<hook::Form> GitLabApi::form(const hook::Pipeline& pipeline, const std::string& branch) {
  const std::string& path = pipeline.project;
  if (!is_project(path)) co_return rejected("it is no pipeline of a project");
  const auto project = co_await account_.json(place_of(path));
  if (!project) co_return failed(project.error());
  if (!project->is_object())
    co_return rejected("GitLab does not know " + path + ", or the token may not see it");
  const std::string default_branch = text_at(project->get_object(), "default_branch");
  std::string file = text_at(project->get_object(), "ci_config_path");
  if (file.empty()) file = default_file;
  const std::string where = branch.empty() ? default_branch : branch;
  const auto text = co_await file_text(path, file, where);
  if (!text) co_return failed(text.error());
  auto read = text->empty() ? CiFile{{}, true} : read_ci_file(*text);
  if (!read) co_return rejected(file + ": " + read.error().what);
  if (read->includes) {
    const auto merged = co_await merged_text(path, where);
    if (!merged) co_return failed(merged.error());
    const auto whole = read_ci_file(*merged);
    if (!whole) co_return rejected(file + " with what it includes: " + whole.error().what);
    for (const hook::Field& field : whole->fields) {
      if (std::ranges::find(read->fields, field.name, &hook::Field::name) == read->fields.end())
        read->fields.push_back(field);
    }
  }
  hook::Form form;
  form.branch = default_branch;
  form.fields = std::move(read->fields);
  co_return form;
}

Task<std::string> GitLabApi::start(const hook::Pipeline& pipeline, const hook::Form& form,
                                   const hook::Order& order) {
  const std::string ref = order.branch.empty() ? form.branch.value_or("") : order.branch;
  const auto answer = co_await account_.send("POST", place_of(pipeline.project) + "/pipeline",
                                             json::serialize(pipeline_order(ref, form, order)));
  if (!answer) co_return failed(answer.error());
  if (answer->status == 400) co_return rejected("GitLab refuses it: " + said_by(*answer));
  if (answer->status == 403)
    co_return rejected(
        "the token may not start pipelines: it needs the scope api and the role Developer; GitLab says: " +
        said_by(*answer));
  if (answer->status == 404)
    co_return rejected("GitLab does not know the project, or the token may not see it");
  if (auto judged = http::judge(*answer, clock_.now() / 1000); !judged) co_return failed(judged);
  boost::system::error_code error;
  const json::value told = boost::json::parse(answer->body, error);
  const auto id = !error && told.is_object() ? integer_at(told.get_object(), "id") : std::nullopt;
  co_return id ? pipeline_id(*id) : std::string();
}

}  // namespace carillon::source::gitlab
