// Woodpecker's API, which is all there is: its pipelines, and their workflows.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "source/hook/account.hpp"
#include "source/hook/api.hpp"
#include "source/hook/place.hpp"

namespace carillon::source::woodpecker {

class WoodpeckerApi final : public hook::Api {
 public:
  struct Where {
    // Ends in '/'.
    std::string url;
    Secret token;
    // nullopt: all that the token's user may see.
    hook::Repositories repos;
    bool verify = true;
  };
  // The references outlive it.
  WoodpeckerApi(Where where, http::Client& http, const Clock& clock);

  Task<std::vector<hook::Run>> changed_since(std::int64_t since,
                                             const std::set<std::string>& projects) override;
  Task<std::optional<hook::Run>> run(const std::string& project, const std::string& id) override;
  Task<void> complete(hook::Run& run) override;
  Task<std::string> log(const std::string& project, const std::string& job, std::size_t most) override;

 private:
  // The names of the wanted ones.
  Task<std::set<std::string>> repositories();
  // As the API has it. Failure (rejected): it has it not.
  Task<json::object> repository(const std::string& name);
  Task<void> list_pipelines(std::string name, std::int64_t since, std::vector<hook::Run>& found);

  Where where_;
  hook::Account account_;
  // By name; asked for again with each restart.
  std::map<std::string, json::object> known_;
};

}  // namespace carillon::source::woodpecker
