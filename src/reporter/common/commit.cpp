#include "reporter/common/commit.hpp"

#include <charconv>

#include "base/json.hpp"
#include "base/text.hpp"
#include "model/build.hpp"

namespace carillon::reporter {
std::vector<Commit> commits_of(const json::object& build) {
  std::vector<Commit> commits;
  const json::array* stamps = BuildView(build).sourcestamps();
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

std::string revision_in(const json::value* given, std::string_view codebase, bool only) {
  if (given == nullptr) return {};
  if (given->is_string()) return only || codebase.empty() ? std::string(given->get_string()) : std::string();
  const json::object* by_codebase = given->if_object();
  if (by_codebase == nullptr || by_codebase->empty()) return {};
  const json::value* own = by_codebase->if_contains(codebase);
  if (own == nullptr && only && codebase.empty() && by_codebase->size() == 1)
    own = &by_codebase->begin()->value();
  return own != nullptr && own->is_string() ? std::string(own->get_string()) : std::string();
}

bool is_commit_hash(std::string_view revision) {
  return revision.size() >= 4 && revision.size() <= 64 &&
         revision.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool is_whole_hash(std::string_view revision) {
  return is_commit_hash(revision) && (revision.size() == 40 || revision.size() == 64);
}

bool is_short_hash(std::string_view revision) {
  return is_commit_hash(revision) && revision.size() >= 7 && !is_digits(revision);
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
