// Which pull requests of a Bitbucket Server the builds of a report belong to. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reporter/builds.hpp"

namespace carillon::reporter::bitbucket {

// "projects/P/repos/R/pull-requests/N" or "users/U/repos/R/pull-requests/N" wherever it stands in the URL's
// path; nullopt when it is not there.
std::optional<std::string> pull_request_path(std::string_view url);

// Builds by the pull request in their property `pullrequesturl`, in order of the first build.
struct PullRequestBuilds {
  std::string path;
  Builds builds;
};
struct GroupedBuilds {
  std::vector<PullRequestBuilds> groups;
  // Why builds are in none of them, each once.
  std::vector<std::string> reasons;
};
GroupedBuilds by_pull_request(const Builds& builds);

}  // namespace carillon::reporter::bitbucket
