// What is posted to /ingest, to events. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "event/event.hpp"

namespace carillon::master::push {

inline constexpr std::size_t max_batch = 10'000;  // events in one request

struct Posted {
  std::vector<Event> events;  // in the order of the body
  bool single = false;        // one JSON object, not NDJSON with several lines
};

// body: one JSON object, or NDJSON (one object a line, empty lines skipped). Each object is {"k": routing
// key, "m": message}, as Buildbot's websocket sends it, or a build object as Buildbot's HttpStatusPush posts
// it. What is missing gets a default; unknown fields are kept. base_url: for builds without `url`. Failure
// (rejected): the line, and the path of what is wrong in it ("line 3: builder.name: missing"); nothing is
// taken.
Result<Posted> parse(std::string_view body, std::string_view master, std::string_view base_url, Millis now);

// Fills in what templates, rules and payloads read of a build, and makes times integer seconds. Failure
// (rejected): the path of what is wrong.
Result<void> normalize_build(json::object& build, std::string_view base_url);

}  // namespace carillon::master::push
