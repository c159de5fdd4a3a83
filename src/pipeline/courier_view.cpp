// What others may know of the courier's queues.
#include "pipeline/courier.hpp"

namespace carillon::pipeline {

std::size_t Courier::waiting(const std::string& reporter) const {
  const auto at = queues_.find(reporter);
  return at == queues_.end() ? 0 : at->second->lanes.size();
}

std::vector<Courier::Queue> Courier::queues() const {
  std::vector<Queue> all;
  for (const auto& [name, queue] : queues_) {
    Queue shown;
    shown.reporter = name;
    shown.waiting = queue->lanes.size();
    shown.in_flight = queue->in_flight;
    shown.oldest = queue->lanes.oldest();
    shown.paused_until = std::max(queue->account->paused_until, queue->held_until);
    shown.silent = queue->probes > 0;
    if (shown.silent) {
      shown.silent_since = queue->silent_since;
      shown.silent_answer = queue->silent_answer;
    }
    all.push_back(std::move(shown));
  }
  return all;
}

std::size_t Courier::in_flight() const {
  std::size_t count = 0;
  for (const auto& [name, queue] : queues_)
    count += queue->in_flight;
  return count;
}

}  // namespace carillon::pipeline
