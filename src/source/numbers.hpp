// What is counted of the sources that hear hooks.
#pragma once

#include "base/metrics.hpp"

namespace carillon::source {

// One for all sources; labels: the source's name, and what came of it.
struct Numbers {
  explicit Numbers(metrics::Registry& registry)
      : requests(registry.counters("carillon_intake_requests_total",
                                   "Deliveries of hooks, by what came of them.", {"master", "outcome"})),
        caught_up(registry.counters("carillon_intake_caught_up_total",
                                    "Ends of builds that no hook told of, and a look at the CI's API found.",
                                    {"master"})) {}

  // outcome: accepted, duplicate, ignored, refused (not the CI's own), broken (not to be understood), later
  // (the store is behind).
  metrics::Family<metrics::Counter>& requests;
  metrics::Family<metrics::Counter>& caught_up;
};

}  // namespace carillon::source
