// The project and the branch of a commit, out of whatever a build says.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "reporter/gitlab/project.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::reporter::gitlab;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(input.find('\n'), input.size());
  reporter::Commit commit;
  commit.repository = input.substr(0, end);
  commit.branch = input.substr(std::min(end + 1, input.size()));
  boost::system::error_code error;
  const json::value value = json::parse(input, error);
  const json::object build = !error && value.is_object() ? value.get_object() : json::object();
  for (const std::string_view base : {"https://gitlab.example.org", "https://example.org/gitlab"}) {
    const auto project = merge_request_project(build, commit, base);
    if (!project) continue;
    if (project->name.empty()) std::abort();
    if (project->is_number && project->name.find_first_not_of("-0123456789") != std::string::npos)
      std::abort();
  }
  const std::string ref = merge_request_ref(build, commit);
  if (build.empty() && (ref.starts_with("refs/heads/") && !commit.branch.starts_with("refs/heads/refs/")))
    std::abort();
  static_cast<void>(merge_request_of(build, {{0, commit}, {1, reporter::Commit{}}}));
  static_cast<void>(is_there_already(input, "running"));
  return 0;
}
