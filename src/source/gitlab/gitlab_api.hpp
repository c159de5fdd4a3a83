// GitLab's API: what hooks lost, tests, and logs; stopping and starting pipelines.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "source/gitlab/gitlab_run.hpp"
#include "source/gitlab/settings.hpp"
#include "source/hook/account.hpp"
#include "source/hook/api.hpp"
#include "source/hook/starter.hpp"

namespace carillon::source::gitlab {

class GitLabApi final : public hook::Api, public hook::Starter {
 public:
  // The references outlive it.
  GitLabApi(std::shared_ptr<const Settings> settings, http::Client& http, const Clock& clock);

  Task<std::vector<hook::Run>> changed_since(std::int64_t since,
                                             const std::set<std::string>& projects) override;
  Task<std::optional<hook::Run>> run(const std::string& project, const std::string& id) override;
  Task<void> complete(hook::Run& run) override;
  Task<std::string> log(const std::string& project, const std::string& job, std::size_t most) override;
  Task<void> stop(const std::string& project, const std::string& id) override;
  std::optional<std::int64_t> quota_left() const override { return account_.left(); }

  // What the .gitlab-ci.yml asks for, as it is on that branch, with what it includes; where it cannot be read
  // for a branch only.
  Task<hook::Form> form(const hook::Pipeline& pipeline, const std::string& branch) override;
  Task<std::string> start(const hook::Pipeline& pipeline, const hook::Form& form,
                          const hook::Order& order) override;

 private:
  // What a pipeline that has ended was when it was asked for; an API that lists it again need not be asked.
  struct Known {
    std::string updated;
    std::vector<hook::Run> runs;
    std::int64_t seen = 0;
  };

  // more: of the query, with '&' before it.
  Task<void> list_pipelines(std::string project, std::int64_t since, std::string more,
                            std::vector<hook::Run>& found);
  Task<void> list_project(std::string project, std::int64_t since, std::vector<hook::Run>& found);
  // Of a listed pipeline the builds that are wanted. None: there is no such pipeline any more.
  Task<std::vector<hook::Run>> ask(const std::string& project, std::int64_t id);
  Task<json::array> jobs_of(const hook::Run& run, const char* kind);
  Task<void> add_jobs(hook::Run& run);
  Task<void> add_merge_request(hook::Run& run);
  Task<void> add_tests(hook::Run& run);
  // The text of the file; empty: it is not there, or may not be read.
  Task<std::string> file_text(const std::string& project, const std::string& path, const std::string& branch);
  // The configuration with what it includes; empty: likewise, or it is not valid.
  Task<std::string> merged_text(const std::string& project, const std::string& branch);
  Project project_at(const std::string& path) const;
  // "projects/team%2Fapp".
  static std::string place_of(const std::string& project);
  // Failure (throttled): less than a tenth of the account's requests is left.
  Result<void> may_go_on() const;

  std::shared_ptr<const Settings> settings_;
  const Clock& clock_;
  hook::Account account_;
  // By id.
  std::map<std::int64_t, Known> known_;
  // By id and occurrence: runs that have all that complete() adds.
  std::map<std::string, hook::Run> complete_;
};

}  // namespace carillon::source::gitlab
