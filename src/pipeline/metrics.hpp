// What the pipeline counts.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/metrics.hpp"
#include "rule/rule.hpp"
#include "store/journal.hpp"

namespace carillon::pipeline {

// Of one reporter. Used on the io thread.
struct ReporterMetrics {
  metrics::Counter& settled(DeliveryState state) { return *settled_[static_cast<std::size_t>(state)]; }
  metrics::Counter& decided(Decision::Outcome outcome) {
    return *decided_[static_cast<std::size_t>(outcome)];
  }

  std::vector<metrics::Counter*> settled_;  // by store::State
  std::vector<metrics::Counter*> decided_;  // by rule::Decision::Outcome
  metrics::Counter* attempts;
  metrics::Counter* retries;             // attempts that were not the first
  metrics::Histogram* send_seconds;      // of each attempt
  metrics::Histogram* delivery_seconds;  // from hearing of the event to the delivery
};

class Metrics {
 public:
  // The registry outlives the metrics. Used on the io thread.
  explicit Metrics(metrics::Registry& registry);

  ReporterMetrics& of(const std::string& reporter);  // stays valid
  metrics::Counter& heard(std::string_view master, EventKind kind);
  metrics::Counter& heard_again(std::string_view master);

 private:
  metrics::Family<metrics::Counter>& events_;
  metrics::Family<metrics::Counter>& duplicates_;
  metrics::Family<metrics::Counter>& decisions_;
  metrics::Family<metrics::Counter>& settled_;
  metrics::Family<metrics::Counter>& attempts_;
  metrics::Family<metrics::Counter>& retries_;
  metrics::Family<metrics::Histogram>& send_seconds_;
  metrics::Family<metrics::Histogram>& delivery_seconds_;
  std::unordered_map<std::string, ReporterMetrics> reporters_;
  std::unordered_map<std::string, std::vector<metrics::Counter*>> heard_;  // by master, then kind
};

// What a batch of events adds, once it is stored: an event that was known already adds nothing else.
class EventMetrics {
 public:
  EventMetrics(Metrics& metrics, std::string_view master) : metrics_(metrics), master_(master) {}
  void note(const store::NewEvent& event);
  void stored(std::size_t index, bool duplicate);  // in the order of note()

 private:
  Metrics& metrics_;
  std::string master_;
  std::vector<metrics::Counter*> counters_;
  std::vector<std::size_t> ends_;  // of each event in counters_
};

}  // namespace carillon::pipeline
