// A build's JSON with its fields by name: what the code reads of a build is written here, once.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "model/run_number.hpp"

namespace carillon {

// A view of a build, or of a request in a build's shape (model/event.hpp). What is missing or of another type
// is nullopt or null. The build outlives the view and whatever it yields.
class BuildView {
 public:
  explicit BuildView(const json::object& build) : build_(build) {}

  // `builder.name`.
  std::optional<std::string_view> builder() const { return string_at(build_, "builder.name"); }
  const json::array* tags() const { return array_at(build_, "builder.tags"); }
  std::optional<std::int64_t> builderid() const { return integer_at(build_, "builderid"); }
  std::optional<std::int64_t> number() const { return integer_at(build_, "number"); }
  // As its sender numbers it.
  std::optional<std::int64_t> buildid() const { return integer_at(build_, "buildid"); }
  std::optional<std::int64_t> requestid() const { return integer_at(build_, "buildrequestid"); }
  // `buildset.bsid`.
  std::optional<std::int64_t> bsid() const { return integer_at(build_, "buildset.bsid"); }
  // Which try of its number it is, from 1 on.
  std::optional<std::int64_t> attempt() const { return integer_at(build_, "attempt"); }
  // Without an attempt it is the first one, without a number 0.
  RunNumber run() const { return {number().value_or(0), attempt().value_or(1)}; }
  // As a number of Buildbot's; none while it runs.
  std::optional<std::int64_t> results() const { return integer_at(build_, "results"); }
  std::optional<std::string_view> state_string() const { return string_at(build_, "state_string"); }
  std::optional<std::string_view> url() const { return string_at(build_, "url"); }
  std::optional<std::string_view> worker() const { return string_at(build_, "workername"); }
  // Seconds since the epoch.
  std::optional<std::int64_t> started_at() const { return integer_at(build_, "started_at"); }
  std::optional<std::int64_t> complete_at() const { return integer_at(build_, "complete_at"); }
  // `buildset.sourcestamps`.
  const json::array* sourcestamps() const { return array_at(build_, "buildset.sourcestamps"); }
  const json::array* steps() const { return array_at(build_, "steps"); }
  const json::array* changes() const { return array_at(build_, "changes"); }
  // {name: [value, source]}.
  const json::object* properties() const { return object_at(build_, "properties"); }

 private:
  const json::object& build_;
};

}  // namespace carillon
