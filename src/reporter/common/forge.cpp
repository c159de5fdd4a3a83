#include "reporter/common/forge.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace carillon::reporter {
namespace {

enum class Fit { elsewhere, unlikely, possible, here, unjudged };

constexpr std::array<std::pair<std::string_view, ForgeKind>, 10> names_in_hosts = {{
    {"github", ForgeKind::github},
    {"gitlab", ForgeKind::gitlab},
    {"bitbucket", ForgeKind::bitbucket_server},
    {"stash", ForgeKind::bitbucket_server},
    {"gerrit", ForgeKind::other},
    {"gitea", ForgeKind::other},
    {"forgejo", ForgeKind::other},
    {"codeberg", ForgeKind::other},
    {"svn", ForgeKind::other},
    {"subversion", ForgeKind::other},
}};

// The name by which a service's hosts are one.
std::string_view main_host(std::string_view host) {
  while (host.ends_with('.'))
    host.remove_suffix(1);
  for (const std::string_view prefix : {"api.", "www.", "ssh.", "altssh."}) {
    if (host.starts_with(prefix) && host.substr(prefix.size()).find('.') != std::string_view::npos)
      return host.substr(prefix.size());
  }
  return host;
}

// Whether another name is another machine. example.org and its like are what made-up builds use.
bool tells(std::string_view host) {
  if (host.find('.') == std::string_view::npos || host.find_first_of("[:") != std::string_view::npos)
    return false;
  if (host.find_first_not_of("0123456789.") == std::string_view::npos) return false;
  const bool reserved =
      host == "example.org" || host == "example.com" || host == "example.net" || host.ends_with(".localhost");
  return !reserved;
}

std::string_view domain_of(std::string_view host) {
  const auto last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return host;
  const auto before = host.rfind('.', last - 1);
  return before == std::string_view::npos ? host : host.substr(before + 1);
}

bool is_public(std::string_view host) {
  return host == "github.com" || host == "gitlab.com" || host == "bitbucket.org";
}

Fit fit_of(const Forge& forge, std::string_view server, const Commit& commit) {
  const auto url = split_repository_url(commit.repository);
  if (!url) return Fit::unjudged;
  if (url->scheme == "svn" || url->scheme == "svn+ssh") return Fit::elsewhere;
  const std::string_view host = main_host(url->host);
  if (host == server) return Fit::here;
  const HostKind named = kind_of_host(host);
  if (!named.unknown && named.kind != forge.kind) return tells(server) ? Fit::elsewhere : Fit::unlikely;
  if (!tells(server) || !tells(host)) return named.unknown ? Fit::possible : Fit::here;
  const bool named_by_project =
      forge.kind == ForgeKind::github && named.unknown && parse_project(commit.project).has_value();
  const bool neighbours = !is_public(server) && !is_public(host) && domain_of(server) == domain_of(host);
  return named_by_project || neighbours ? Fit::possible : Fit::elsewhere;
}

}  // namespace

HostKind kind_of_host(std::string_view host) {
  host = main_host(host);
  if (host == "bitbucket.org") return {false, ForgeKind::bitbucket_cloud};
  for (const auto& [name, kind] : names_in_hosts) {
    if (host.find(name) != std::string_view::npos) return {false, kind};
  }
  return {};
}

std::vector<std::string> elsewhere(const Forge& forge, const std::vector<Commit>& commits) {
  const auto own = split_repository_url(forge.base_url);
  const std::string server(own ? main_host(own->host) : std::string_view());
  std::vector<Fit> fits;
  Fit best = Fit::unlikely;
  for (const Commit& commit : commits) {
    fits.push_back(fit_of(forge, server, commit));
    if (fits.back() != Fit::unjudged) best = std::max(best, fits.back());
  }
  std::vector<std::string> reasons;
  for (std::size_t i = 0; i < commits.size(); ++i) {
    if (fits[i] >= best) {
      reasons.emplace_back();
      continue;
    }
    const auto url = split_repository_url(commits[i].repository);
    reasons.push_back("its repository is on " + url->host + ", not on " + server);
  }
  return reasons;
}

}  // namespace carillon::reporter
