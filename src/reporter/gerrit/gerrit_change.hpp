// Which changes of Gerrit a build is about. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/event.hpp"

namespace carillon::reporter::gerrit {

// A patch set as `gerrit review` names it.
struct Patch {
  std::string project;
  // A commit, or "CHANGE,PATCHSET".
  std::string revision;
};

struct Patches {
  // Each once.
  std::vector<Patch> found;
  // Why there is none; empty when there are some.
  std::string reason;
};

// With repo: those of the properties repo_downloads and repo_downloaded. With git: event.change.project, and
// the revision in event.patchSet.revision, got_revision or revision, of which one that is a dictionary is
// looked up by the property codebase. A project or a revision that cannot be one counts as missing.
Patches patches_of(const json::object& build);

// A revision as Gerrit's REST API names it.
struct RevisionPath {
  // "12345", "project~branch~Change-Id".
  std::string change;
  // Number of the patch set, or a commit.
  std::string revision;
};

struct RevisionPaths {
  // Each once.
  std::vector<RevisionPath> found;
  // Why there is none, or what was left out.
  std::string reason;
};

// The property gerrit_changes (a list of {change_id, revision_id}), else event.change.number and
// event.patchSet.number, as GerritChangeSource sets them.
RevisionPaths revisions_of(const json::object& build);

// Percent-encoded as one part of a path; what is encoded already stays so ("a%2Fb~main~I12").
std::string path_of_id(std::string_view id);

}  // namespace carillon::reporter::gerrit
