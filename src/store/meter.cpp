#include "store/meter.hpp"

namespace carillon::store {

Meter::Meter(metrics::Registry* registry) {
  if (registry == nullptr) return;
  commit_seconds_ =
      &registry
           ->histograms("carillon_store_commit_seconds",
                        "How long it took to bring a transaction to the disk.", metrics::time_bounds())
           .of();
  batch_jobs_ = &registry
                     ->histograms("carillon_store_batch_jobs", "Operations in one transaction.",
                                  {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000})
                     .of();
}

void Meter::committed(std::size_t jobs, double seconds) {
  if (commit_seconds_ != nullptr) {
    commit_seconds_->observe(seconds);
    batch_jobs_->observe(static_cast<double>(jobs));
  }
  const std::lock_guard lock(mutex_);
  trouble_.reset();
}

void Meter::failed(const std::string& why) {
  const std::lock_guard lock(mutex_);
  trouble_ = why;
}

std::optional<std::string> Meter::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

}  // namespace carillon::store
