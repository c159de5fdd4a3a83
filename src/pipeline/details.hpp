// Fetches what a reporter wants to know of a build and the event did not bring.
#pragma once

#include "pipeline/log_fetcher.hpp"
#include "pipeline/roster.hpp"
#include "store/journal.hpp"

namespace carillon::pipeline {

// A log that is worded keeps its head and its tail when it is longer than this.
inline constexpr std::size_t max_log_bytes = std::size_t{1} << 20U;

// Where details come from. The references outlive the call.
struct DetailSources {
  const FindSource& find_source;
  store::Journal& journal;
  LogFetcher& logs;
};

// Adds `properties`, `steps` (with `logs`, those that are needed with `content` {content, firstline, logid}),
// `changes` and `prev_build` to the build, as far as needed and not there yet, and to the notification the
// files of long logs, and notes. event: what the build was heard by. `give_up`: what cannot be reached now is
// left out, with a note. Failure (unreachable, throttled): try again later; build and notification may be
// half complemented.
Task<void> complement(json::object& build, const reporter::Needs& needs, const Event& event,
                      const DetailSources& sources, bool give_up, reporter::Details& notification);

// Whether complement() has nothing to add to the build.
bool is_complete(const json::object& build, const reporter::Needs& needs);

// The last finished build before this one that was no retry, as its master knows it; nullopt when there is
// none or the master cannot be asked. For builds from before Carillon was there. Failure: the master cannot
// be reached now.
Task<std::optional<json::object>> ask_previous_build(std::shared_ptr<source::Source> master,
                                                     const json::object& build);

}  // namespace carillon::pipeline
