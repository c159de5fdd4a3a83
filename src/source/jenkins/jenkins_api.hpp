// Jenkins' API: its builds by polling, their tests, and their logs; stopping builds and starting jobs.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "source/hook/account.hpp"
#include "source/hook/api.hpp"
#include "source/hook/starter.hpp"
#include "source/jenkins/build_name.hpp"
#include "source/jenkins/job_list.hpp"
#include "source/jenkins/settings.hpp"

namespace carillon::source::jenkins {

class JenkinsApi final : public hook::Api, public hook::Starter {
 public:
  // The references outlive it.
  JenkinsApi(std::shared_ptr<const Settings> settings, http::Client& http, const Clock& clock);

  Task<std::vector<hook::Run>> changed_since(std::int64_t since,
                                             const std::set<std::string>& projects) override;
  void taken() override;
  Task<std::optional<hook::Run>> run(const std::string& project, const std::string& id) override;
  Task<void> complete(hook::Run& run) override;
  // project: Run::id, as the log is that of the whole build.
  Task<std::string> log(const std::string& project, const std::string& job, std::size_t most) override;
  Task<void> stop(const std::string& project, const std::string& id) override;

  // The parameters of the job, but for passwords and files. It has no branch. branch: not looked at.
  Task<hook::Form> form(const hook::Pipeline& pipeline, const std::string& branch) override;
  // It waits some seconds for the build to leave the queue.
  Task<std::string> start(const hook::Pipeline& pipeline, const hook::Form& form,
                          const hook::Order& order) override;

 private:
  // POST of a form; with a crumb, where Jenkins wants one.
  Task<http::Response> post(std::string path, std::string form);
  Task<std::string> wait_for_build(const std::string& job, const std::string& item);
  Task<std::vector<ListedJob>> list();
  // broken: how many jobs could not be read, which becomes a refusal for the first few.
  Task<void> look_at_job(ListedJob job, std::int64_t since, std::size_t& broken,
                         std::vector<hook::Run>& found);
  // Builds of the job that are news.
  Task<void> read_builds(ListedJob job, const KnownJob* known, std::int64_t since,
                         std::vector<hook::Run>& found);
  Task<std::optional<hook::Run>> build(BuildName name);

  std::shared_ptr<const Settings> settings_;
  const Clock& clock_;
  hook::Account account_;
  // By their paths; and as they are when what was found last is on disk.
  std::map<std::string, KnownJob> known_;
  std::map<std::string, KnownJob> next_;
  // Run::id of what was found last.
  std::set<std::string> found_;
};

}  // namespace carillon::source::jenkins
