// What the pipeline counts.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/metrics.hpp"
#include "model/delivery.hpp"
#include "rule/rule.hpp"
#include "store/journal.hpp"

namespace carillon::pipeline {

// Of one reporter. Used on the io thread.
struct ReporterMetrics {
  metrics::Counter& settled(DeliveryState state) { return *settled_[static_cast<std::size_t>(state)]; }
  metrics::Counter& decided(Decision::Outcome outcome) {
    return *decided_[static_cast<std::size_t>(outcome)];
  }

  // By store::State.
  std::vector<metrics::Counter*> settled_;
  // By rule::Decision::Outcome.
  std::vector<metrics::Counter*> decided_;
  metrics::Counter* attempts;
  // Attempts that were not the first.
  metrics::Counter* retries;
  // Of each attempt.
  metrics::Histogram* send_seconds;
  // From hearing of the event to the delivery.
  metrics::Histogram* delivery_seconds;
};

class Metrics {
 public:
  // The registry outlives the metrics. Used on the io thread.
  explicit Metrics(metrics::Registry& registry);

  // Stays valid.
  ReporterMetrics& of(const std::string& reporter);
  metrics::Counter& heard(std::string_view master, EventKind kind);
  metrics::Counter& heard_again(std::string_view master);
  // By the number of the silence.
  metrics::Counter& silenced(std::int64_t silence);

 private:
  metrics::Family<metrics::Counter>& events_;
  metrics::Family<metrics::Counter>& duplicates_;
  metrics::Family<metrics::Counter>& decisions_;
  metrics::Family<metrics::Counter>& silenced_;
  metrics::Family<metrics::Counter>& settled_;
  metrics::Family<metrics::Counter>& attempts_;
  metrics::Family<metrics::Counter>& retries_;
  metrics::Family<metrics::Histogram>& send_seconds_;
  metrics::Family<metrics::Histogram>& delivery_seconds_;
  std::unordered_map<std::string, ReporterMetrics> reporters_;
  // By master, then kind.
  std::unordered_map<std::string, std::vector<metrics::Counter*>> heard_;
};

// What a batch of events adds, once it is stored: an event that was known already adds nothing else.
class EventMetrics {
 public:
  EventMetrics(Metrics& metrics, std::string_view master) : metrics_(metrics), master_(master) {}
  void note(const store::NewEvent& event);
  // In the order of note().
  void stored(std::size_t index, const store::AcceptedEvent& event);

 private:
  Metrics& metrics_;
  std::string master_;
  struct Count {
    metrics::Counter* counter;
    // Where nobody is told of the event after all; null: nothing.
    metrics::Counter* untold;
  };
  std::vector<Count> counts_;
  // Of each event in counts_.
  std::vector<std::size_t> ends_;
};

}  // namespace carillon::pipeline
