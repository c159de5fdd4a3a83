#include "reporter/gitlab/project.hpp"

#include "base/encoding.hpp"
#include "event/event.hpp"

namespace carillon::reporter::gitlab {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 19 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "/gitlab" of "https://host/gitlab".
std::string_view path_of(std::string_view url) {
  const auto host = url.find("://");
  const auto slash = url.find('/', host == std::string_view::npos ? 0 : host + 3);
  return slash == std::string_view::npos ? std::string_view() : url.substr(slash);
}

std::optional<Project> given_project(const json::object& build) {
  const json::value* given = property(build, "source_project_id");
  if (given == nullptr) return std::nullopt;
  std::string text = given->is_string() ? std::string(given->get_string()) : std::string();
  if (given->is_number()) text = json::serialize(*given);
  if (is_number(text)) return Project{text, true};
  if (const auto path = parse_project(text)) return Project{path->full(), false};
  return std::nullopt;
}

}  // namespace

std::optional<Project> project_of(const json::object& build, const Commit& commit,
                                  std::string_view base_url) {
  if (auto given = given_project(build)) return given;
  const auto path = parse_repository_url(commit.repository);
  if (!path) return std::nullopt;
  std::string name = path->full();
  if (const auto below = path_of(base_url); below.size() > 1 && commit.repository.starts_with("http")) {
    const std::string prefix = std::string(below.substr(1)) + "/";
    if (name.starts_with(prefix) && name.find('/', prefix.size()) != std::string::npos) {
      name.erase(0, prefix.size());
    }
  }
  return Project{valid_utf8(name), false};
}

std::string ref_of(const json::object& build, const Commit& commit) {
  std::string_view ref = commit.branch;
  const json::value* source = property(build, "source_branch");
  if (source != nullptr && source->is_string() && !source->get_string().empty()) ref = source->get_string();
  for (const std::string_view prefix : {"refs/heads/", "refs/tags/"}) {
    if (ref.starts_with(prefix)) {
      ref.remove_prefix(prefix.size());
      break;
    }
  }
  return valid_utf8(ref);
}

bool is_there_already(std::string_view body, std::string_view state) {
  if (body.find("Cannot transition status via") == std::string_view::npos) return false;
  if (state == "running" || state == "pending") return true;
  const auto from = body.find("from :" + std::string(state));
  return from != std::string_view::npos;
}

}  // namespace carillon::reporter::gitlab
