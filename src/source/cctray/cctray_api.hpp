// Looks at a feed again and again: what it says anew are starts and ends.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "source/cctray/feed.hpp"
#include "source/hook/account.hpp"
#include "source/hook/api.hpp"

namespace carillon::source::cctray {

class CCTrayApi final : public hook::Api {
 public:
  // access.base: the feed itself. The references outlive it.
  CCTrayApi(http::Client& http, const Clock& clock, hook::Account::Access access)
      : clock_(clock), account_(http, clock, std::move(access)) {}

  Task<std::vector<hook::Run>> changed_since(std::int64_t since,
                                             const std::set<std::string>& projects) override;
  void taken() override;
  // A build that runs, as the last look saw it.
  Task<std::optional<hook::Run>> run(const std::string& project, const std::string& id) override;
  // A feed says no more of a build, and has no logs.
  Task<void> complete(hook::Run& run) override;
  Task<std::string> log(const std::string& project, const std::string& job, std::size_t most) override;

 private:
  const Clock& clock_;
  hook::Account account_;
  // By name: as they were when what was found last was on disk, and as they are.
  std::map<std::string, Project> known_;
  std::map<std::string, Project> seen_;
};

}  // namespace carillon::source::cctray
