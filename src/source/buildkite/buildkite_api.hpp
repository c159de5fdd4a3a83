// Buildkite's REST API: what hooks lost, and jobs.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "source/buildkite/settings.hpp"
#include "source/hook/account.hpp"
#include "source/hook/api.hpp"

namespace carillon::source::buildkite {

class BuildkiteApi final : public hook::Api {
 public:
  // The references outlive it.
  BuildkiteApi(std::shared_ptr<const Settings> settings, http::Client& http, const Clock& clock);

  Task<std::vector<hook::Run>> changed_since(std::int64_t since,
                                             const std::set<std::string>& projects) override;
  // Among the last builds of the pipeline.
  Task<std::optional<hook::Run>> run(const std::string& project, const std::string& id) override;
  Task<void> complete(hook::Run& run) override;
  // Its jobs have no numbers to ask by.
  Task<std::string> log(const std::string& project, const std::string& job, std::size_t most) override;
  std::optional<std::int64_t> quota_left() const override { return account_.left(); }

 private:
  Task<void> list(std::string query, std::int64_t since, std::vector<hook::Run>& found);
  // nullopt: it is none that is wanted.
  std::optional<hook::Run> read(const json::value& item) const;

  std::shared_ptr<const Settings> settings_;
  hook::Account account_;
};

}  // namespace carillon::source::buildkite
