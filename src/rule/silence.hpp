// Whether a silence holds a report back. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.hpp"
#include "model/silence.hpp"

namespace carillon::rule {

// A silence lasts at most so long.
inline constexpr Millis longest_silence = Millis{30} * 24 * 3600 * 1000;

// What is wrong with a new one at that time, with the name of the field: "until: is in the past"; empty:
// nothing.
std::string wrong(const Silence& silence, Millis now);

// What might be held back.
struct Report {
  std::string_view reporter;
  // Of the reporter (Reporter::tells_programs).
  bool tells_programs = false;
  // That it is about, a request as its build; several of a buildset, none of a worker. They outlive this.
  std::span<const BuildFacts> builds;
};

// Whether it is about this report, whenever it runs and whoever is told of it; of several builds it is about
// when it is about each of them.
bool covers(const Silence& silence, const Report& report);

// Whether it is about who is told so: all of it, or a word of it ("irc irc.example.org #dev"), in any case. A
// silence without a target is about everybody.
bool covers(const Silence& silence, std::string_view told);

// The first one that holds the report back from everybody, if it is heard at that time; null: none. Those
// that name a target can hold back only what is worded: see below.
const Silence* held_by(std::span<const Silence> silences, const Report& report, Millis heard);
// The same of those that name a target, and who is told.
const Silence* held_by(std::span<const Silence> silences, const Report& report, Millis heard,
                       std::string_view told);

// "silence 3 until 2026-11-28 16:00 UTC: moving the disk".
std::string in_words(const Silence& silence);
// What it is about: "builder linux*, result failure".
std::string subject_of(const Silence& silence);

}  // namespace carillon::rule
