// TeamCity's REST API: what hooks lost, and what they leave out.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "source/hook/account.hpp"
#include "source/hook/api.hpp"

namespace carillon::source::teamcity {

class TeamCityApi final : public hook::Api {
 public:
  // url: of its pages, ends in '/'. The references outlive it.
  TeamCityApi(const std::string& url, const Secret& token, bool verify, http::Client& http,
              const Clock& clock);

  Task<std::vector<hook::Run>> changed_since(std::int64_t since,
                                             const std::set<std::string>& projects) override;
  Task<std::optional<hook::Run>> run(const std::string& project, const std::string& id) override;
  Task<void> complete(hook::Run& run) override;
  Task<std::string> log(const std::string& project, const std::string& job, std::size_t most) override;

 private:
  hook::Account account_;
};

}  // namespace carillon::source::teamcity
