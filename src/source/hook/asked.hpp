// What a hook source can be asked: what the store has of its builds, and logs out of the CI's API.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "source/heard/posted_builds.hpp"
#include "source/hook/api.hpp"
#include "source/source.hpp"

namespace carillon::source::hook {

class Asked final : public Queries {
 public:
  // As PostedBuilds; api: null where there is none.
  Asked(std::string source, std::string url, std::function<store::Journal*()> journal,
        std::shared_ptr<Api> api)
      : heard_(std::move(source), std::move(url), std::move(journal)), api_(std::move(api)) {}

  // Besides what PostedBuilds knows: steps/ID/logs and logs/ID/contents of jobs whose log the CI has; a log
  // has the number of its job, and holds the last 256 kB.
  Task<json::value> get(std::string path) override;
  bool knows_more() const override { return api_ != nullptr; }

 private:
  // The lines of the job's log, with their ends; null: the CI has none.
  Task<std::shared_ptr<const std::vector<std::string>>> lines_of(std::string job);
  struct Fetched {
    std::string job;
    std::shared_ptr<const std::vector<std::string>> lines;
  };

  heard::PostedBuilds heard_;
  std::shared_ptr<Api> api_;
  // The latest last.
  std::deque<Fetched> fetched_;
};

}  // namespace carillon::source::hook
