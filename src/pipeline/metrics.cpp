#include "pipeline/metrics.hpp"

#include <array>

namespace carillon::pipeline {
namespace {

using Outcome = Decision::Outcome;

constexpr std::array outcomes{Outcome::report, Outcome::summary, Outcome::ignore, Outcome::silenced};
constexpr std::array states{DeliveryState::waiting,    DeliveryState::delivered, DeliveryState::dead,
                            DeliveryState::superseded, DeliveryState::dropped,   DeliveryState::skipped};
constexpr std::array kinds{
    EventKind::build_started,  EventKind::build_finished,  EventKind::buildset_complete,
    EventKind::worker_missing, EventKind::request_waiting, EventKind::request_ended,
    EventKind::worker_back,    EventKind::other,           EventKind::silence_over};

const char* word(EventKind kind) {
  switch (kind) {
    case EventKind::build_started:
      return "build_started";
    case EventKind::build_finished:
      return "build_finished";
    case EventKind::buildset_complete:
      return "buildset_complete";
    case EventKind::worker_missing:
      return "worker_missing";
    case EventKind::request_waiting:
      return "request_waiting";
    case EventKind::request_ended:
      return "request_ended";
    case EventKind::worker_back:
      return "worker_back";
    case EventKind::other:
      return "other";
    case EventKind::silence_over:
      return "silence_over";
  }
  return "unknown";
}

}  // namespace

Metrics::Metrics(metrics::Registry& registry)
    : events_(registry.counters("carillon_events_total", "Events that were heard and stored.",
                                {"master", "kind"})),
      duplicates_(registry.counters("carillon_events_duplicate_total",
                                    "Events that were known already when they were heard.", {"master"})),
      decisions_(registry.counters("carillon_decisions_total",
                                   "What the rules of a reporter said of the stored events.",
                                   {"reporter", "outcome"})),
      silenced_(registry.counters("carillon_silenced_total",
                                  "Reports that a silence held back, or from some who would be told.",
                                  {"silence"})),
      settled_(registry.counters("carillon_deliveries_settled_total",
                                 "Deliveries that came to an end, by how they ended.",
                                 {"reporter", "state"})),
      attempts_(registry.counters("carillon_attempts_total", "Attempts to send a delivery.", {"reporter"})),
      retries_(registry.counters("carillon_retries_total",
                                 "Attempts to send a delivery that were not its first.", {"reporter"})),
      send_seconds_(registry.histograms("carillon_send_seconds",
                                        "How long an attempt took, whatever came of it.",
                                        metrics::time_bounds(), {"reporter"})),
      delivery_seconds_(registry.histograms("carillon_event_to_delivery_seconds",
                                            "From hearing of an event to the delivery of its report.",
                                            metrics::time_bounds(), {"reporter"})) {}

ReporterMetrics& Metrics::of(const std::string& reporter) {
  const auto [at, is_new] = reporters_.try_emplace(reporter);
  ReporterMetrics& metrics = at->second;
  if (!is_new) return metrics;
  for (const DeliveryState state : states)
    metrics.settled_.push_back(
        state == DeliveryState::waiting ? nullptr : &settled_.of({reporter, std::string(name(state))}));
  for (const Outcome outcome : outcomes)
    metrics.decided_.push_back(&decisions_.of({reporter, std::string(name(outcome))}));
  metrics.attempts = &attempts_.of({reporter});
  metrics.retries = &retries_.of({reporter});
  metrics.send_seconds = &send_seconds_.of({reporter});
  metrics.delivery_seconds = &delivery_seconds_.of({reporter});
  return metrics;
}

metrics::Counter& Metrics::silenced(std::int64_t silence) {
  return silenced_.of({std::to_string(silence)});
}

metrics::Counter& Metrics::heard(std::string_view master, EventKind kind) {
  auto& counters = heard_[std::string(master)];
  if (counters.empty()) {
    for (const EventKind each : kinds)
      counters.push_back(&events_.of({std::string(master), word(each)}));
  }
  return *counters.at(static_cast<std::size_t>(kind));
}

metrics::Counter& Metrics::heard_again(std::string_view master) {
  return duplicates_.of({std::string(master)});
}

void EventMetrics::note(const store::NewEvent& event) {
  metrics::Counter& heard = metrics_.heard(master_, event.kind);
  counts_.push_back({&heard, &heard});
  for (const ReporterDecision& of : event.decisions) {
    ReporterMetrics& reporter = metrics_.of(of.reporter);
    counts_.push_back({&reporter.decided(of.decision.outcome), &reporter.decided(Outcome::ignore)});
    if (of.decision.outcome == Outcome::silenced)
      counts_.push_back({&metrics_.silenced(of.decision.silence), nullptr});
  }
  ends_.push_back(counts_.size());
}

void EventMetrics::stored(std::size_t index, const store::AcceptedEvent& event) {
  if (event.duplicate) {
    metrics_.heard_again(master_).add();
    return;
  }
  for (std::size_t i = index == 0 ? 0 : ends_.at(index - 1); i < ends_.at(index); ++i) {
    metrics::Counter* counter = event.untold ? counts_[i].untold : counts_[i].counter;
    if (counter != nullptr) counter->add();
  }
}

}  // namespace carillon::pipeline
