// Azure's REST API: what hooks lost, and the commits that they leave out.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "source/azure/azure_run.hpp"
#include "source/azure/settings.hpp"
#include "source/hook/account.hpp"
#include "source/hook/api.hpp"

namespace carillon::source::azure {

class AzureApi final : public hook::Api {
 public:
  // names: filled in. The references outlive it.
  AzureApi(std::shared_ptr<const Settings> settings, std::shared_ptr<ProjectNames> names, http::Client& http,
           const Clock& clock);

  Task<std::vector<hook::Run>> changed_since(std::int64_t since,
                                             const std::set<std::string>& projects) override;
  Task<std::optional<hook::Run>> run(const std::string& project, const std::string& id) override;
  Task<void> complete(hook::Run& run) override;
  Task<std::string> log(const std::string& project, const std::string& job, std::size_t most) override;

 private:
  // GET. A value that is null: 404, it was deleted, or the token may not see it. Failure (rejected): the
  // token is no good; (unreachable): no JSON object.
  struct Answer {
    json::value body;
    // Where the list goes on; empty: nowhere.
    std::string more;
  };
  Task<Answer> ask(std::string path);
  struct List {
    std::vector<json::object> items;
    // Whether there was more than was read.
    bool cut = false;
  };
  // All pages, as far as they are read.
  Task<List> list(std::string path);
  Task<void> know_projects();
  Task<void> list_builds(std::string project, std::int64_t since, std::vector<hook::Run>& found);

  std::shared_ptr<const Settings> settings_;
  std::shared_ptr<ProjectNames> names_;
  const Clock& clock_;
  hook::Account account_;
};

}  // namespace carillon::source::azure
