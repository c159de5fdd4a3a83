// Whether a commit is on the forge that a reporter speaks to. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reporter/common/commit.hpp"

namespace carillon::reporter {

enum class ForgeKind { github, gitlab, bitbucket_cloud, bitbucket_server, other };

// Says of a host whose software its name speaks of: "github.com", "gitlab.example.org"; `unknown` for most.
struct HostKind {
  bool unknown = true;
  // other: Gerrit, Gitea, Subversion, ...
  ForgeKind kind = ForgeKind::other;
};
HostKind kind_of_host(std::string_view host);

// A reporter's server.
struct Forge {
  ForgeKind kind = ForgeKind::other;
  // Of its API, or of the server.
  std::string base_url;
};

// For each of a build's commits: why it is not on the forge ("its repository is on gitlab.example.org, not on
// github.com"), or "" where it is, or may be. Hosts are compared, with their usual names (api.github.com,
// ssh.github.com and github.com are one). Where a name cannot tell (localhost, an address, an alias of ssh's
// without a dot, another name in the server's own domain) the commits are compared with each other: those
// that fit best stay. A commit without an address is never judged; one whose project is written "owner/repo"
// stays on GitHub wherever it is fetched from, unless its host is known to be another kind of forge.
std::vector<std::string> elsewhere(const Forge& forge, const std::vector<Commit>& commits);

}  // namespace carillon::reporter
