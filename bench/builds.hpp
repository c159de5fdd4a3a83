// The builds of the benchmark: finished ones, of about 3.5 KB, in the shape that Buildbot's HttpStatusPush
// posts.
#pragma once

#include <cstdint>
#include <string>

namespace carillon::bench {

// Builds are numbered 0, 1, 2, ...; they go around the builders, and each builder counts its own from
// `first`.
struct Work {
  std::int64_t builders = 50;
  std::int64_t first = 1;

  std::int64_t builder_of(std::int64_t index) const { return index % builders; }
  std::int64_t number_of(std::int64_t index) const { return first + index / builders; }
};

// "linux-amd64-07"
std::string builder_name(std::int64_t builder);

// Appends the build as one line of JSON, without the newline.
void append_build(const Work& work, std::int64_t index, std::string& out);

// The same build as an alert for Alertmanager, with the labels `build`, "linux-amd64-07/12", and `batch`,
// which 50 have in common; all that the build says is in an annotation.
void append_alert(const Work& work, std::int64_t index, std::string& out);

// The same build as GitHub tells of a run of Actions that has ended, with all the addresses that it lists:
// about 20 KB. Its workflow is the builder.
void append_delivery(const Work& work, std::int64_t index, std::string& out);

}  // namespace carillon::bench
