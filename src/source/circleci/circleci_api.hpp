// CircleCI's API: what hooks lost, what runs, and jobs.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "source/circleci/settings.hpp"
#include "source/hook/account.hpp"
#include "source/hook/api.hpp"

namespace carillon::source::circleci {

class CircleCIApi final : public hook::Api {
 public:
  // The references outlive it.
  CircleCIApi(std::shared_ptr<const Settings> settings, http::Client& http, const Clock& clock);

  Task<std::vector<hook::Run>> changed_since(std::int64_t since,
                                             const std::set<std::string>& projects) override;
  Task<std::optional<hook::Run>> run(const std::string& project, const std::string& id) override;
  Task<void> complete(hook::Run& run) override;
  // CircleCI's API has none.
  Task<std::string> log(const std::string& project, const std::string& job, std::size_t most) override;
  std::optional<std::int64_t> quota_left() const override { return account_.left(); }

 private:
  // The items of all pages, at most so many; as long as they were created since then, where that is given.
  Task<hook::Listed> items(std::string path, int most_pages, std::int64_t created = 0);
  Task<void> look_at(std::string slug, std::int64_t created, std::int64_t since,
                     std::vector<hook::Run>& found);

  std::shared_ptr<const Settings> settings_;
  const Clock& clock_;
  hook::Account account_;
  // When re-runs of older pipelines were looked for last; seconds.
  std::int64_t deep_look_ = 0;
};

}  // namespace carillon::source::circleci
