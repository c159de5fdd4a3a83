#include "reporter/gerrit/gerrit_change.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "reporter/commit.hpp"

namespace carillon::reporter::gerrit {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_revision(std::string_view text) {
  if (is_commit_hash(text)) return true;
  const auto comma = text.find(',');
  return comma != std::string_view::npos && is_number(text.substr(0, comma)) &&
         is_number(text.substr(comma + 1));
}

bool is_project(std::string_view text) {
  return !text.empty() && !has_control(text) && valid_utf8(text) == text;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  while (true) {
    const auto begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return found;
    text.remove_prefix(begin);
    const auto size = std::min(text.find(' '), text.size());
    found.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
}

std::string text_property(const json::object& build, std::string_view name) {
  const json::value* value = property(build, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

void add(std::vector<Patch>& list, Patch patch) {
  const bool known = std::ranges::any_of(
      list, [&](const Patch& one) { return one.project == patch.project && one.revision == patch.revision; });
  if (!known) list.push_back(std::move(patch));
}

// downloads: "PROJECT CHANGE/PATCHSET" each; downloaded: "CHANGE/PATCHSET REVISION" for each, in one text.
Patches of_repo(const json::array& downloads, std::string_view downloaded) {
  Patches patches;
  const std::vector<std::string> parts = words(downloaded);
  if (downloads.empty() || parts.size() != 2 * downloads.size()) {
    patches.reason = "repo_downloads and repo_downloaded do not belong together";
    return patches;
  }
  for (std::size_t i = 0; i < downloads.size(); ++i) {
    const json::string* text = downloads[i].if_string();
    const std::vector<std::string> download = text != nullptr ? words(*text) : std::vector<std::string>();
    const std::string& revision = parts[2 * i + 1];
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

std::string git_revision(const json::object& build) {
  const std::string codebase = text_property(build, "codebase");
  const bool has_codebase =
      property(build, "codebase") != nullptr && property(build, "codebase")->is_string();
  for (const char* name : {"event.patchSet.revision", "got_revision", "revision"}) {
    const json::value* value = property(build, name);
    if (value != nullptr && value->is_object()) {
      value = has_codebase ? value->get_object().if_contains(codebase) : nullptr;
    }
    if (value == nullptr || !value->is_string()) continue;
    if (is_revision(value->get_string())) return std::string(value->get_string());
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
    paths.reason = "the property gerrit_changes is no list";
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

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
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

std::string path_part(std::string_view id) {
  std::string raw;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool escape = id[i] == '%' && i + 2 < id.size() && hex(id[i + 1]) >= 0 && hex(id[i + 2]) >= 0;
    raw += escape ? static_cast<char>(hex(id[i + 1]) * 16 + hex(id[i + 2])) : id[i];
    if (escape) i += 2;
  }
  return percent_encode(raw);
}

}  // namespace carillon::reporter::gerrit
