// GitHub's API: what hooks lost, jobs, and logs; stopping runs and starting workflows.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "source/github/settings.hpp"
#include "source/hook/account.hpp"
#include "source/hook/api.hpp"
#include "source/hook/starter.hpp"

namespace carillon::source::github {

class GitHubApi final : public hook::Api, public hook::Starter {
 public:
  // The references outlive it.
  GitHubApi(std::shared_ptr<const Settings> settings, http::Client& http, const Clock& clock);

  Task<std::vector<hook::Run>> changed_since(std::int64_t since,
                                             const std::set<std::string>& projects) override;
  Task<std::optional<hook::Run>> run(const std::string& project, const std::string& id) override;
  Task<void> complete(hook::Run& run) override;
  Task<std::string> log(const std::string& project, const std::string& job, std::size_t most) override;
  Task<void> stop(const std::string& project, const std::string& id) override;
  std::optional<std::int64_t> quota_left() const override { return account_.left(); }

  // The inputs of the workflow's file, as it is on that branch.
  Task<hook::Form> form(const hook::Pipeline& pipeline, const std::string& branch) override;
  Task<std::string> start(const hook::Pipeline& pipeline, const hook::Form& form,
                          const hook::Order& order) override;

 private:
  // Its number, and its file ("" where only the API knows it).
  struct Workflow {
    std::string id;
    std::string path;
  };
  Task<Workflow> workflow_of(const hook::Pipeline& pipeline);
  Task<std::vector<std::string>> environments(const std::string& repository);
  // The newest run of the workflow that was started so; 0: none.
  Task<std::int64_t> newest_started(const std::string& place);
  Task<std::string> wait_for_newer(std::string place, std::int64_t before);
  Task<void> list_runs(std::string repository, std::int64_t created, std::int64_t since,
                       std::vector<hook::Run>& found);
  Task<std::vector<hook::Run>> with_jobs(std::vector<hook::Run> runs);
  Task<std::vector<hook::JobOfRun>> jobs_of(const hook::Run& run);
  // The list `member` of all pages; at most so many.
  Task<hook::Listed> pages(std::string path, std::string member, int most);

  std::shared_ptr<const Settings> settings_;
  http::Client& http_;
  const Clock& clock_;
  hook::Account account_;
  // When re-runs of older runs were looked for last; seconds.
  std::int64_t deep_look_ = 0;
  // Whether a server that starts a workflow says which run it is: older ones refuse to be asked.
  bool tells_runs_ = true;
};

}  // namespace carillon::source::github
