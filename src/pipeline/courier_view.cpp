// What others may know of the courier's queues.
#include "pipeline/courier.hpp"

namespace carillon::pipeline {

std::size_t Courier::waiting(const std::string& reporter) const {
  const auto at = desks_.find(reporter);
  return at == desks_.end() ? 0 : at->second->queues.waiting();
}

std::vector<Courier::Queue> Courier::queues() const {
  std::vector<Queue> all;
  for (const auto& [name, desk] : desks_) {
    Queue queue;
    queue.reporter = name;
    queue.waiting = desk->queues.waiting();
    queue.in_flight = desk->in_flight;
    queue.oldest = desk->queues.oldest();
    queue.paused_until = desk->account->paused_until;
    queue.silent = desk->probes > 0;
    all.push_back(std::move(queue));
  }
  return all;
}

std::size_t Courier::in_flight() const {
  std::size_t count = 0;
  for (const auto& [name, desk] : desks_)
    count += desk->in_flight;
  return count;
}

}  // namespace carillon::pipeline
