// What happened on a build master. Values only, no I/O.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/object_text.hpp"
#include "model/results.hpp"
#include "model/run_number.hpp"

namespace carillon {

enum class EventKind {
  build_started,      // builds/N/new
  build_finished,     // builds/N/finished
  buildset_complete,  // buildsets/N/complete
  worker_missing,     // workers/N/missing
  request_waiting,    // buildrequests/N/new: nothing has taken it up yet
  request_ended,      // buildrequests/N/complete, where no build gave the result: cancelled, or collapsed
  worker_back,        // workers/N/connected, of one that was reported missing
  other,              // kept out of the store: nothing reports it (yet)
  silence_over,       // silences/N/over: made by the store itself, of no source
};

// Immutable once made. Known by (master, key, occurrence): the same event twice is one event. A key that ends
// in "new" is that of a start; its end has the same one but for the last word (end_of()), and the same
// occurrence, or any where the start has none.
//
// body, by kind, in the shape of Buildbot's data API:
//  - builds: the build object, complemented as far as the master knows: `builder` {builderid, name, tags},
//    `buildrequest`, `buildset` (with `sourcestamps`), `properties` {name: [value, source]}, `url`;
//    optionally `attempt` (which try of the `number`; else 1), `steps`, `prev_build`, `changes`.
//  - buildrequests: the same shape, as far as it is known before there is a build: `builder`, `buildrequest`,
//    `buildset`, `properties` (with `buildername`), `url`, `complete`, `results` (6 cancelled, 3 skipped;
//    null while it waits); no `buildid` and no `number`. `retried` is true when it had a build that is to be
//    repeated.
//  - buildsets: the buildset object (bsid, results, sourcestamps, ...).
//  - workers: the worker object (workerid, name, ...); of a missing one with `notify` and `last_connection`.
//  - silences: what was held back (store/silences.hpp); the source's name is empty.
struct Event {
  // Name of the master in the configuration.
  std::string source;
  // Buildbot's routing key, "builds/7/finished".
  std::string key;
  // Tells apart what has one key but happens again (a worker's outages); else empty.
  std::string occurrence;
  // When it happened, as far as known; else when it was heard.
  Millis at = 0;
  json::object body;
  // Of this body; null where nobody serialized it yet.
  std::shared_ptr<const ObjectText> text = nullptr;
  // Why nobody is told of it, by its source's word: "ended 12 days before it was heard of". Empty, as a rule:
  // the rules of the reporters decide. Otherwise it is stored and known, the build counts as the one before
  // later ones, and no reporter reports it, whatever its rules say; `carillon explain` shows this.
  std::string untold = {};
};

EventKind kind_of(std::string_view key);

// The key of the end of what begins with an event of that key: "builds/7/finished" for "builds/7/new",
// "buildrequests/3/complete" for "buildrequests/3/new". Empty for all that is no start.
std::string end_of(std::string_view key);

// Whether the body of such an event is a build, or a request in a build's shape.
bool is_build(EventKind kind);
bool is_request(EventKind kind);

// "MASTER/KEY" or "MASTER/KEY@OCCURRENCE": the stable name of an event; delivery keys derive from it.
std::string id_of(const Event& event);

// What rules and history look at, read once from the body of a build event. Missing things are empty.
struct BuildFacts {
  std::string builder;
  std::int64_t number = 0;
  // Which try of the number it is.
  std::int64_t attempt = 1;
  // Bsid.
  std::optional<std::int64_t> buildset;
  // None while it runs.
  std::optional<Results> results;
  // Of the builder.
  std::vector<std::string> tags;
  // Property `branch`, else that of the first sourcestamp.
  std::string branch;
  // Property `scheduler`.
  std::string scheduler;

  RunNumber run() const { return {number, attempt}; }
};
BuildFacts facts_of(const json::object& build);

// The property's value ([value, source] pairs; the bare value is accepted too), or nullptr.
const json::value* property(const json::object& build, std::string_view name);
// The same where it is a text; else "".
std::string text_property(const json::object& build, std::string_view name);

// The names of those whose work is in the build, sorted, each once: authors of `changes`, authors of patches
// in `buildset.sourcestamps`, property `owner`, property `owners` (Buildbot's "responsible users", plus patch
// authors).
std::vector<std::string> responsible_users(const json::object& build);

}  // namespace carillon
