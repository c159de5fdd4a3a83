#include "source/cctray/cctray_api.hpp"

#include <tuple>

namespace carillon::source::cctray {

Task<std::vector<hook::Run>> CCTrayApi::changed_since(std::int64_t /*since*/,
                                                      const std::set<std::string>& /*projects*/) {
  // Before the look began: what is there at the first one was never ours to report.
  const std::int64_t before_now = clock_.now() / 1000 - 2;
  auto answer = co_await account_.get("");
  if (!answer) co_return failed(answer);
  if (auto judged = http::judge(*answer, clock_.now() / 1000); !judged) co_return failed(judged);
  auto projects = read_feed(answer->body);
  if (!projects) co_return unreachable("what is no feed: " + projects.error().what);
  std::vector<hook::Run> found;
  seen_.clear();
  for (Project& project : *projects) {
    const auto known = known_.find(project.name);
    const bool is_new = known == known_.end();
    const bool has_ended = is_new
                               ? has_moment(project)
                               : std::tie(project.label, project.time, project.status) !=
                                     std::tie(known->second.label, known->second.time, known->second.status);
    if (has_ended) {
      if (auto end = end_of(project, before_now)) found.push_back(std::move(*end));
    }
    if (is_new || known->second != project) {
      if (auto start = start_of(project)) {
        start->started = clock_.now() / 1000;
        found.push_back(std::move(*start));
      }
    }
    seen_[project.name] = std::move(project);
  }
  co_return found;
}

void CCTrayApi::taken() {
  known_ = seen_;
}

Task<std::optional<hook::Run>> CCTrayApi::run(const std::string& project, const std::string& id) {
  const auto seen = seen_.find(project);
  if (seen == seen_.end()) co_return std::nullopt;
  auto start = start_of(seen->second);
  if (!start || start->id != id) co_return std::nullopt;
  co_return std::move(*start);
}

Task<void> CCTrayApi::complete(hook::Run& /*run*/) {
  co_return ok();
}

Task<std::string> CCTrayApi::log(const std::string& /*project*/, const std::string& /*job*/,
                                 std::size_t /*most*/) {
  co_return rejected("a feed has no logs");
}

}  // namespace carillon::source::cctray
