// What is posted to /ingest, to events. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/event.hpp"
#include "source/build_pages.hpp"

namespace carillon::source::push {

inline constexpr std::size_t max_batch = 10'000;  // events in one request
// JSON values (texts, numbers, lists, objects ...): a value costs a hundred bytes and more where Python gets
// it, however short it is.
inline constexpr std::size_t max_values = 250'000;          // of one event
inline constexpr std::size_t max_batch_values = 4'000'000;  // of one request
inline constexpr std::size_t max_levels = 32;               // within each other

struct Posted {
  // In the order of the body.
  std::vector<Event> events;
  // Of the body, where each of them stands.
  std::vector<std::size_t> lines;
  // One JSON object, not NDJSON with several lines.
  bool single = false;
  // Objects of which nothing is reported.
  std::size_t ignored = 0;
  // What the sender should know of what was taken, "line 3: ..."; not too many.
  std::vector<std::string> warnings;
};

// body: one JSON object, or NDJSON (one object a line, empty lines skipped). Each object is {"k": routing
// key, "m": message}, as Buildbot's websocket sends it, or a build object as Buildbot's HttpStatusPush posts
// it. The key of a build's event is made of its id (`k`'s, else `buildid`), builder, number, `attempt` when
// it is not 1, and the address that its `url` begins with: several masters may push with one token. That of a
// buildset gets the address, too, or else the time when it was submitted, and that of a worker its name. A
// byte order mark is skipped. What is
// missing gets a default; unknown fields are kept; times are made plausible (event/times.hpp); half a pair of
// surrogates in an escape ("\ud83d") becomes U+FFFD. pages: for
// builds without `url`. Objects of a kind that nothing reports are ignored. Failure (rejected): the line, and
// the path of what is wrong in it ("line 3: builder.name: missing"); nothing is taken.
Result<Posted> parse(std::string_view body, std::string_view master, const BuildPages& pages, Millis now);

}  // namespace carillon::source::push
