// Addresses of repositories, in every form that build masters, their hooks and people write. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon::reporter {

// Where a repository is, whatever the path in it means.
struct RepositoryUrl {
  // In small letters; "ssh" also of git@host:path.
  std::string scheme;
  // In small letters, without user and port.
  std::string host;
  // percent-decoded, valid UTF-8, without '/' at its ends; may be empty.
  std::string path;
};

// Out of SCHEME://[user@]host[:port]/path, ssh://[user@]host:path, [user@]host:path and
// [user@]host:PORT/path with at least two parts behind the port. nullopt for anything else: a folder, a
// file:// URL, a text.
std::optional<RepositoryUrl> split_repository_url(std::string_view text);

// A repository on a forge: "group/sub/repo".
struct RepositoryPath {
  // All but the last part; groups nest on GitLab ("group/sub").
  std::string owner;
  // The last part, without ".git".
  std::string name;
  std::string full() const { return owner + "/" + name; }
};

// The repository at such an address, also of an address in the APIs of Bitbucket Cloud, GitHub and GitLab,
// and of a page in GitLab ("/-/tree/main"). Parts are decoded; whoever puts them into a URL encodes them.
// nullopt when there is no owner or no name in it, or a part that would mean another place ("..").
std::optional<RepositoryPath> parse_repository_url(std::string_view text);

// A project written "owner/repo" or "group/sub/repo"; nullopt when it is anything else.
std::optional<RepositoryPath> parse_project(std::string_view project);

}  // namespace carillon::reporter
