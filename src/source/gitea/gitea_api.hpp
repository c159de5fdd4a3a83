// Gitea's and Forgejo's API: what hooks lost, jobs, and logs; stopping runs and starting workflows.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "source/gitea/settings.hpp"
#include "source/hook/account.hpp"
#include "source/hook/api.hpp"
#include "source/hook/starter.hpp"

namespace carillon::source::gitea {

class GiteaApi final : public hook::Api, public hook::Starter {
 public:
  // The references outlive it.
  GiteaApi(std::shared_ptr<const Settings> settings, http::Client& http, const Clock& clock);

  Task<std::vector<hook::Run>> changed_since(std::int64_t since,
                                             const std::set<std::string>& projects) override;
  Task<std::optional<hook::Run>> run(const std::string& project, const std::string& id) override;
  Task<void> complete(hook::Run& run) override;
  Task<std::string> log(const std::string& project, const std::string& job, std::size_t most) override;
  // Gitea 1.27 and Forgejo 16 know how.
  Task<void> stop(const std::string& project, const std::string& id) override;
  std::optional<std::int64_t> quota_left() const override { return account_.left(); }

  // The inputs of the workflow's file, as it is on that branch.
  Task<hook::Form> form(const hook::Pipeline& pipeline, const std::string& branch) override;
  // Older servers do not say which run it is.
  Task<std::string> start(const hook::Pipeline& pipeline, const hook::Form& form,
                          const hook::Order& order) override;

 private:
  // Of the list, newest first, as far back as `created`.
  Task<void> list_runs(std::string repository, std::int64_t created, std::int64_t since,
                       std::vector<hook::Run>& found);
  // A page of a list; member: where it is in an object.
  Task<json::array> page(const std::string& path, const std::string& member, int number);
  // All pages, at most so many.
  Task<hook::Listed> pages(std::string path, std::string member, int most);
  // What the workflows of the repository are called, by their files.
  Task<void> know_workflows(const std::string& repository);
  Result<hook::Run> read(const json::object& item, const std::string& repository) const;

  std::shared_ptr<const Settings> settings_;
  const Clock& clock_;
  hook::Account account_;
  // When re-runs of older runs were looked for last; seconds.
  std::int64_t deep_look_ = 0;
  // By repository, and file ("ci.yml").
  std::map<std::string, std::map<std::string, std::string>> workflows_;
};

}  // namespace carillon::source::gitea
