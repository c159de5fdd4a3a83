#include "reporter/common/repository.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/percent.hpp"
#include "base/text.hpp"

namespace carillon::reporter {
namespace {

bool is_plain(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return std::ranges::none_of(text, is_control) && valid_utf8(text) == text;
}

std::string_view without_slashes(std::string_view path) {
  while (path.starts_with('/'))
    path.remove_prefix(1);
  while (path.ends_with('/'))
    path.remove_suffix(1);
  return path;
}

// authority: "user:password@host". nullopt for no host.
std::optional<RepositoryUrl> located(std::string_view scheme, std::string_view authority,
                                     std::string_view path) {
  const auto at = authority.rfind('@');
  if (at != std::string_view::npos) authority.remove_prefix(at + 1);
  RepositoryUrl url;
  url.scheme = lower(scheme);
  url.host = lower(authority);
  url.path = percent_decode(path.substr(0, path.find_first_of("?#")));
  url.path = std::string(without_slashes(url.path));
  if (url.host.empty() || !is_plain(url.host) || !is_plain(url.path)) return std::nullopt;
  return url;
}

// Where the port or the path begins; an IPv6 address has colons of its own.
std::size_t colon_in(std::string_view host_and_more) {
  const auto bracket = host_and_more.starts_with('[') ? host_and_more.find(']') : 0;
  return host_and_more.find(':', std::min(bracket, host_and_more.size()));
}

std::optional<RepositoryUrl> with_scheme(std::string_view scheme, std::string_view rest) {
  const auto slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  // A password may have a colon, too.
  const auto user = authority.rfind('@');
  const auto host = user == std::string_view::npos ? 0 : user + 1;
  const auto colon = colon_in(authority.substr(host));
  if (colon == std::string_view::npos) return located(scheme, authority, rest.substr(slash));
  const auto port = authority.substr(host + colon + 1);
  authority = authority.substr(0, host + colon);
  if (port.empty() || is_digits(port)) return located(scheme, authority, rest.substr(slash));
  return located(scheme, authority, rest.substr(host + colon + 1));  // ssh://git@host:owner/repo
}

// [user@]host:path. A single letter before the colon is a drive, not a host.
std::optional<RepositoryUrl> like_scp(std::string_view text) {
  const auto user = text.find('@');
  const auto host = user < text.find_first_of(":/") ? user + 1 : 0;
  const auto found = colon_in(text.substr(host));
  if (found == std::string_view::npos || host + found < 2) return std::nullopt;
  const auto colon = host + found;
  const auto authority = text.substr(0, colon);
  if (authority.find_first_of("/\\ ") != std::string_view::npos) return std::nullopt;
  std::string_view path = text.substr(colon + 1);
  const auto slash = path.find('/');
  if (slash != std::string_view::npos && is_digits(path.substr(0, slash)) &&
      without_slashes(path.substr(slash)).find('/') != std::string_view::npos) {
    path.remove_prefix(slash);
  }
  return located("ssh", authority, path);
}

bool is_part(std::string_view part) {
  return !part.empty() && part != "." && part != "..";
}

// "a/b/c.git" as owner "a/b" and name "c".
std::optional<RepositoryPath> split_path(std::string_view path) {
  if (path.ends_with(".git")) path.remove_suffix(4);
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  for (std::size_t from = 0; from <= path.size();) {
    const auto to = std::min(path.find('/', from), path.size());
    if (!is_part(path.substr(from, to - from))) return std::nullopt;
    from = to + 1;
  }
  RepositoryPath found;
  found.owner = path.substr(0, slash);
  found.name = path.substr(slash + 1);
  return found;
}

bool is_web(const RepositoryUrl& url) {
  return url.scheme == "http" || url.scheme == "https";
}

// Without what leads to the repository in an API, and behind it to one of its pages.
std::string_view repository_in(const RepositoryUrl& url) {
  std::string_view path = url.path;
  if (!is_web(url)) return path;
  for (const std::string_view api : {"2.0/repositories/", "api/v3/repos/", "api/v4/projects/"}) {
    const auto at = path.find(api);
    if (at == 0 || (at != std::string_view::npos && path[at - 1] == '/')) return path.substr(at + api.size());
  }
  if (url.host == "api.github.com" && path.starts_with("repos/")) path.remove_prefix(6);
  return path.substr(0, path.find("/-/"));
}

}  // namespace

std::optional<RepositoryUrl> split_repository_url(std::string_view text) {
  text = trim(text);
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) return like_scp(text);
  if (scheme == 0 || same_letters(text.substr(0, scheme), "file")) return std::nullopt;
  return with_scheme(text.substr(0, scheme), text.substr(scheme + 3));
}

std::optional<RepositoryPath> parse_repository_url(std::string_view text) {
  const auto url = split_repository_url(text);
  return url ? split_path(repository_in(*url)) : std::nullopt;
}

std::optional<RepositoryPath> parse_project(std::string_view project) {
  if (project.find_first_of(":@?# \t") != std::string_view::npos || project.starts_with('/') ||
      !is_plain(project))
    return std::nullopt;
  return split_path(without_slashes(project));
}

}  // namespace carillon::reporter
