// Silences, and what they held back.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "model/decision.hpp"
#include "model/event.hpp"
#include "model/notification.hpp"
#include "model/silence.hpp"

namespace carillon::store {

// Of one reporter and builder. Of what is about no build the builder and its source are empty.
struct HeldBack {
  std::string reporter, source, builder;
  std::size_t count = 0;
  // The newest event of them; it may be forgotten by now.
  RowId event = 0;
};

struct KeptSilence {
  Silence silence;
  // By reporter, source and builder.
  std::vector<HeldBack> held;

  std::size_t count() const {
    std::size_t all = 0;
    for (const HeldBack& one : held)
      all += one.count;
    return all;
  }
};

// What was decided of an event, for people who try out a silence.
struct Decided {
  RowId row = 0;
  EventKind kind = EventKind::other;
  // Without what a silence does not ask for; empty where it is about no build.
  BuildFacts facts;
  std::vector<ReporterDecision> decisions;
};

// For the server. Failures of all functions: as Store's.
class Silences {
 public:
  virtual ~Silences() = default;

  // All that are kept - coming, running, ended - by their numbers.
  virtual Task<std::vector<Silence>> silences() = 0;

  // Waits until another process, or a ledger, may have changed them; at most so long. By one reader.
  virtual Task<void> silences_changed(std::chrono::milliseconds most) = 0;

  // One transaction: the silence is closed and, where it has a summary and held back anything of these
  // reporters, an event `silences/N/over` with a notification for each of them is stored, which the feed
  // yields. The event's body: {"id", "why", "who", "from", "until", "ended_by", "held": {REPORTER:
  // [{"source", "builder", "count", "event"}, ...]}}. Nothing where it is closed already.
  virtual Task<void> close_silence(RowId id, std::vector<std::string> reporters, Millis now) = 0;

  // What it held back of the reporter's reports about that builder; nullopt: nothing.
  virtual Task<std::optional<HeldBack>> held_back(RowId silence, std::string reporter, std::string source,
                                                  std::string builder) = 0;

  // Forgets those that ended before, with what they held back. How many.
  virtual Task<std::size_t> forget_silences(Millis before) = 0;
};

// For people and programs: part of Ledger. All functions throw Error.
class SilenceBook {
 public:
  virtual ~SilenceBook() = default;

  // Its number.
  virtual RowId add_silence(const Silence& silence) = 0;
  // It ends then; one that has not begun never does. by: for people. The text says why not, else empty.
  virtual std::string end_silence(RowId id, Millis now, const std::string& by) = 0;
  // The newest first.
  virtual std::vector<KeptSilence> kept_silences() = 0;
  virtual std::optional<KeptSilence> kept_silence(RowId id) = 0;
  // The newest events that were heard since then, newest first; at most so many. tags: they are read, too.
  virtual std::vector<Decided> decided_since(Millis then, std::size_t most, bool tags) = 0;
};

}  // namespace carillon::store
