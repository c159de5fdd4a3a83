#include "reporter/gitlab/project.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "model/event.hpp"

namespace carillon::reporter::gitlab {
namespace {

std::optional<Project> given_project(const json::object& build) {
  const json::value* given = property(build, "source_project_id");
  if (given == nullptr) return std::nullopt;
  std::string text = given->is_string() ? std::string(given->get_string()) : std::string();
  if (given->is_number()) text = json::serialize(*given);
  if (is_digits(text) && text.size() < 19) return Project{text, true};
  if (const auto path = parse_project(text)) return Project{path->full(), false};
  return std::nullopt;
}

std::string short_ref(std::string_view ref) {
  for (const std::string_view prefix : {"refs/heads/", "refs/tags/"}) {
    if (ref.starts_with(prefix)) {
      ref.remove_prefix(prefix.size());
      break;
    }
  }
  return valid_utf8(ref);
}

// In small letters, as GitLab compares them; "" of what is no address.
std::string named_repository(std::string_view address) {
  const auto path = parse_repository_url(address);
  return path ? lower(path->full()) : std::string();
}

// Of the merge request's own project and of the one that it is for, as GitLab's hook leaves them.
std::vector<std::string> merge_request_repositories(const json::object& build) {
  std::vector<std::string> found;
  for (const char* name :
       {"source_repository", "source_git_ssh_url", "target_repository", "target_git_ssh_url"}) {
    if (auto path = named_repository(text_property(build, name)); !path.empty())
      found.push_back(std::move(path));
  }
  return found;
}

bool is_branch_of_request(const json::object& build, const Commit& commit) {
  const std::string branch = short_ref(commit.branch);
  return !branch.empty() && (branch == short_ref(text_property(build, "source_branch")) ||
                             branch == short_ref(text_property(build, "target_branch")));
}

// Of an address in GitLab's API, https://host/api/v4/projects/42.
std::optional<Project> numbered_project(std::string_view address) {
  constexpr std::string_view api = "api/v4/projects/";
  const auto url = split_repository_url(address);
  const auto at = url ? url->path.find(api) : std::string::npos;
  if (at == std::string::npos || (at != 0 && url->path[at - 1] != '/')) return std::nullopt;
  const std::string_view rest = std::string_view(url->path).substr(at + api.size());
  const std::string number(rest.substr(0, rest.find('/')));
  if (!is_digits(number) || number.size() >= 19) return std::nullopt;
  return Project{number, true};
}

}  // namespace

std::optional<Project> project_of(const Commit& commit, std::string_view base_url) {
  if (auto numbered = numbered_project(commit.repository)) return numbered;
  const auto path = parse_repository_url(commit.repository);
  if (!path) return std::nullopt;
  std::string name = path->full();
  const auto server = Url::parse(base_url);
  if (const auto below = server ? server->path : "";
      below.size() > 1 && commit.repository.starts_with("http")) {
    const std::string prefix = std::string(below.substr(1)) + "/";
    if (name.starts_with(prefix) && name.find('/', prefix.size()) != std::string::npos) {
      name.erase(0, prefix.size());
    }
  }
  return Project{valid_utf8(name), false};
}

std::string ref_of(const Commit& commit) {
  return short_ref(commit.branch);
}

std::optional<std::size_t> merge_request_of(const json::object& build,
                                            const std::vector<ReportedCommit>& commits) {
  if (commits.size() == 1) return 0;
  const std::vector<std::string> repositories = merge_request_repositories(build);
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < commits.size(); ++i) {
    if (repositories.empty()
            ? is_branch_of_request(build, commits[i].commit)
            : std::ranges::count(repositories, named_repository(commits[i].commit.repository)) > 0) {
      if (found) return std::nullopt;
      found = i;
    }
  }
  return found;
}

std::optional<Project> merge_request_project(const json::object& build, const Commit& commit,
                                             std::string_view base_url) {
  auto given = given_project(build);
  return given ? given : project_of(commit, base_url);
}

std::string merge_request_ref(const json::object& build, const Commit& commit) {
  const std::string given = text_property(build, "source_branch");
  return given.empty() ? ref_of(commit) : short_ref(given);
}

bool is_there_already(std::string_view body, std::string_view state) {
  if (body.find("Cannot transition status via") == std::string_view::npos) return false;
  if (state == "running" || state == "pending") return true;
  const auto from = body.find("from :" + std::string(state));
  return from != std::string_view::npos;
}

}  // namespace carillon::reporter::gitlab
