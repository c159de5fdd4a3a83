#include "reporter/commit.hpp"

#include <algorithm>
#include <charconv>

namespace carillon::reporter {
namespace {

// "a/b/c.git/" as owner "a/b" and name "c".
std::optional<RepositoryPath> split_path(std::string_view path) {
  path = path.substr(0, path.find_first_of("?#"));
  while (path.starts_with('/'))
    path.remove_prefix(1);
  while (path.ends_with('/'))
    path.remove_suffix(1);
  if (path.ends_with(".git")) path.remove_suffix(4);
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == path.size()) return std::nullopt;
  RepositoryPath found;
  found.owner = path.substr(0, slash);
  found.name = path.substr(slash + 1);
  // A path that would mean another place when it becomes part of a URL.
  for (std::string_view rest = path; !rest.empty();) {
    const auto part = rest.substr(0, rest.find('/'));
    if (part.empty() || part == "." || part == "..") return std::nullopt;
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  }
  return found;
}

std::string text_at(const json::object& object, std::string_view name) {
  return std::string(string_at(object, name).value_or(""));
}

}  // namespace

std::optional<RepositoryPath> parse_repository_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    const auto path = url.find('/', scheme + 3);
    if (path == std::string_view::npos) return std::nullopt;
    return split_path(url.substr(path));
  }
  // scp's form, [user@]host:path. A path of one letter before the colon is a drive, not a host.
  const auto colon = url.find(':');
  if (colon == std::string_view::npos || colon < 2 ||
      url.substr(0, colon).find('/') != std::string_view::npos)
    return std::nullopt;
  return split_path(url.substr(colon + 1));
}

std::optional<RepositoryPath> parse_project(std::string_view project) {
  if (project.find_first_of(":@ \t") != std::string_view::npos || project.starts_with('/'))
    return std::nullopt;
  return split_path(project);
}

std::vector<Commit> commits_of(const json::object& build) {
  std::vector<Commit> commits;
  const json::array* stamps = array_at(build, "buildset.sourcestamps");
  if (stamps == nullptr) return commits;
  for (const json::value& item : *stamps) {
    const json::object* stamp = item.if_object();
    if (stamp == nullptr) continue;
    Commit commit;
    commit.codebase = text_at(*stamp, "codebase");
    commit.branch = text_at(*stamp, "branch");
    commit.revision = text_at(*stamp, "revision");
    commit.project = text_at(*stamp, "project");
    commit.repository = text_at(*stamp, "repository");
    commits.push_back(std::move(commit));
  }
  return commits;
}

bool is_commit_hash(std::string_view revision) {
  return revision.size() >= 4 && revision.size() <= 64 &&
         revision.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::optional<std::int64_t> pull_request_of(std::string_view branch) {
  constexpr std::string_view prefix = "refs/pull/";
  if (!branch.starts_with(prefix)) return std::nullopt;
  branch.remove_prefix(prefix.size());
  const auto slash = branch.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto kind = branch.substr(slash);
  if (kind != "/merge" && kind != "/head") return std::nullopt;
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(branch.data(), branch.data() + slash, number);
  if (error != std::errc() || stop != branch.data() + slash || number <= 0) return std::nullopt;
  return number;
}

}  // namespace carillon::reporter
