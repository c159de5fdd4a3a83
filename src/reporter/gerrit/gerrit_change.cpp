#include "reporter/gerrit/gerrit_change.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/percent.hpp"
#include "base/text.hpp"
#include "reporter/common/commit.hpp"

namespace carillon::reporter::gerrit {
namespace {

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_revision(std::string_view text) {
  if (is_commit_hash(text)) return true;
  const auto comma = text.find(',');
  return comma != std::string_view::npos && is_digits(text.substr(0, comma)) &&
         is_digits(text.substr(comma + 1));
}

bool is_project(std::string_view text) {
  return !text.empty() && !has_control(text) && valid_utf8(text) == text;
}

void add(std::vector<Patch>& list, Patch patch) {
  const bool known = std::ranges::any_of(
      list, [&](const Patch& one) { return one.project == patch.project && one.revision == patch.revision; });
  if (!known) list.push_back(std::move(patch));
}

// downloads: "PROJECT CHANGE/PATCHSET" each; downloaded: "CHANGE/PATCHSET REVISION" for each, in one text.
Patches of_repo(const json::array& downloads, std::string_view downloaded) {
  Patches patches;
  const auto parts = words_of(downloaded);
  if (downloads.empty() || parts.size() != 2 * downloads.size()) {
    patches.reason = "repo_downloads and repo_downloaded do not belong together";
    return patches;
  }
  for (std::size_t i = 0; i < downloads.size(); ++i) {
    const json::string* text = downloads[i].if_string();
    const auto download = text != nullptr ? words_of(*text) : std::vector<std::string_view>();
    const std::string_view revision = parts[2 * i + 1];
    if (download.size() != 2 || download[1] != parts[2 * i] || !is_project(download[0]) ||
        !is_revision(revision)) {
      patches.found.clear();
      patches.reason = "repo_downloads and repo_downloaded differ in download " + std::to_string(i + 1);
      return patches;
    }
    Patch patch;
    patch.project = download[0];
    patch.revision = revision;
    add(patches.found, std::move(patch));
  }
  return patches;
}

// The codebase that the change is of: as the build says, else that of the commit of the same project.
std::string codebase_of_change(const json::object& build, const std::vector<Commit>& commits) {
  const json::value* given = property(build, "codebase");
  if (given != nullptr && given->is_string()) return std::string(given->get_string());
  const std::string project = text_property(build, "event.change.project");
  for (const Commit& commit : commits) {
    const auto url = split_repository_url(commit.repository);
    std::string path = url ? url->path : std::string();
    if (path.ends_with(".git")) path.resize(path.size() - 4);
    // Gerrit serves /a/PROJECT to those who log in.
    if (commit.project == project || path == project || path == "a/" + project) return commit.codebase;
  }
  return {};
}

std::string git_revision(const json::object& build) {
  const std::vector<Commit> commits = commits_of(build);
  const std::string codebase = codebase_of_change(build, commits);
  for (const char* name : {"event.patchSet.revision", "got_revision", "revision"}) {
    const json::value* value = property(build, name);
    // A text is of this change, however many codebases there are.
    const bool only = commits.size() <= 1 || (value != nullptr && value->is_string());
    if (std::string revision = revision_in(value, codebase, only); is_revision(revision)) return revision;
  }
  return {};
}

Patches of_git(const json::object& build) {
  Patches patches;
  Patch patch;
  patch.project = text_property(build, "event.change.project");
  patch.revision = git_revision(build);
  if (!is_project(patch.project)) {
    patches.reason = "the build has no property event.change.project";
  } else if (patch.revision.empty()) {
    patches.reason = "the build has no revision (event.patchSet.revision, got_revision or revision)";
  } else {
    patches.found.push_back(std::move(patch));
  }
  return patches;
}

// An id of the REST API; empty when it cannot be one.
std::string id_text(const json::value* value) {
  if (value == nullptr) return {};
  if (value->is_int64() || value->is_uint64()) return json::serialize(*value);
  if (!value->is_string()) return {};
  const std::string text(value->get_string());
  const bool only_dots = text.find_first_not_of('.') == std::string::npos;
  return only_dots || has_control(text) || valid_utf8(text) != text ? std::string() : text;
}

bool add(RevisionPaths& paths, const json::value* change, const json::value* revision) {
  RevisionPath path;
  path.change = id_text(change);
  path.revision = id_text(revision);
  if (path.change.empty() || path.revision.empty()) return false;
  const bool known = std::ranges::any_of(paths.found, [&](const RevisionPath& one) {
    return one.change == path.change && one.revision == path.revision;
  });
  if (!known) paths.found.push_back(std::move(path));
  return true;
}

RevisionPaths of_list(const json::value& list) {
  RevisionPaths paths;
  const json::array* items = list.if_array();
  if (items == nullptr) {
    paths.reason = "the property gerrit_changes is not a list";
    return paths;
  }
  std::size_t wrong = 0;
  for (const json::value& item : *items) {
    const json::object* change = item.if_object();
    if (change == nullptr ||
        !add(paths, change->if_contains("change_id"), change->if_contains("revision_id")))
      ++wrong;
  }
  if (wrong > 0) {
    paths.reason = std::to_string(wrong) + " of gerrit_changes without change_id or revision_id";
  } else if (paths.found.empty()) {
    paths.reason = "the property gerrit_changes is empty";
  }
  return paths;
}

}  // namespace

Patches patches_of(const json::object& build) {
  const json::value* downloads = property(build, "repo_downloads");
  const json::value* downloaded = property(build, "repo_downloaded");
  if (downloads != nullptr && downloaded != nullptr && downloads->is_array() && downloaded->is_string()) {
    return of_repo(downloads->get_array(), downloaded->get_string());
  }
  const json::value* change = property(build, "event.change.id");
  if (change != nullptr && !change->is_null()) return of_git(build);
  Patches patches;
  patches.reason = "the build is about no change of Gerrit (no property repo_downloads or event.change.id)";
  return patches;
}

RevisionPaths revisions_of(const json::object& build) {
  if (const json::value* list = property(build, "gerrit_changes")) return of_list(*list);
  RevisionPaths paths;
  const json::value* change = property(build, "event.change.number");
  if (change == nullptr) {
    paths.reason =
        "the build is about no change of Gerrit (no property gerrit_changes or event.change.number)";
  } else if (!add(paths, change, property(build, "event.patchSet.number"))) {
    paths.reason = "the properties event.change.number and event.patchSet.number name no revision";
  }
  return paths;
}

std::string path_of_id(std::string_view id) {
  return percent_encode(percent_decode(id));
}

}  // namespace carillon::reporter::gerrit
