// How the store's thread is doing.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "base/metrics.hpp"

namespace carillon::store {

// Any thread.
class Meter {
 public:
  // registry: may be null, else it outlives the meter.
  explicit Meter(metrics::Registry* registry);

  // A transaction that changed something is on disk. seconds: of its COMMIT.
  void committed(std::size_t jobs, double seconds);
  // A job was given up.
  void failed(const std::string& why);

  // Why the last write failed; nullopt when it worked.
  std::optional<std::string> trouble() const;

 private:
  metrics::Histogram* commit_seconds_ = nullptr;
  metrics::Histogram* batch_jobs_ = nullptr;
  mutable std::mutex mutex_;
  std::optional<std::string> trouble_;
};

}  // namespace carillon::store
