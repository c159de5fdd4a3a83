#include "reporter/bitbucket/pull_request.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "model/event.hpp"

namespace carillon::reporter::bitbucket {
namespace {

constexpr std::size_t parts_of_path = 6;

// A part that stays where it is when it becomes part of another URL.
bool is_name(std::string_view part) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%";
  return !part.empty() && part != "." && part != ".." &&
         part.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

std::optional<std::string> pull_request_path(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  std::vector<std::string_view> parts;
  while (true) {
    const auto slash = url.find('/');
    parts.push_back(url.substr(0, slash));
    if (slash == std::string_view::npos) break;
    url.remove_prefix(slash + 1);
  }
  for (std::size_t i = 0; i + parts_of_path <= parts.size(); ++i) {
    const bool fits = (parts[i] == "projects" || parts[i] == "users") && is_name(parts[i + 1]) &&
                      parts[i + 2] == "repos" && is_name(parts[i + 3]) && parts[i + 4] == "pull-requests" &&
                      is_digits(parts[i + 5]) && parts[i + 5].size() < 19;
    if (!fits) continue;
    std::string path(parts[i]);
    for (std::size_t j = i + 1; j < i + parts_of_path; ++j)
      path += "/" + std::string(parts[j]);
    return path;
  }
  return std::nullopt;
}

GroupedBuilds by_pull_request(const Builds& builds) {
  GroupedBuilds made;
  const auto give_reason = [&](std::string reason) {
    if (std::ranges::find(made.reasons, reason) == made.reasons.end())
      made.reasons.push_back(std::move(reason));
  };
  for (std::size_t i = 0; i < builds.size(); ++i) {
    const json::object& build = builds[i];
    const json::value* given = property(build, "pullrequesturl");
    const std::string url = given != nullptr && given->is_string() ? std::string(given->get_string()) : "";
    if (url.empty()) {
      give_reason("no pull request: the build has no property pullrequesturl");
      continue;
    }
    const auto path = pull_request_path(url);
    if (!path) {
      give_reason(
          "no pull request: the property pullrequesturl holds no .../repos/NAME/pull-requests/NUMBER");
      continue;
    }
    const auto at = std::ranges::find(made.groups, *path, &PullRequestBuilds::path);
    PullRequestBuilds& group = at != made.groups.end() ? *at : made.groups.emplace_back();
    group.path = *path;
    group.builds.share(builds.shared(i));
  }
  return made;
}

}  // namespace carillon::reporter::bitbucket
