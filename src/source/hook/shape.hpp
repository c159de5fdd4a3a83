// How a source wants its builds to look: the arguments that all sources of this kind have. Pure.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "model/event.hpp"
#include "settings/arguments.hpp"
#include "source/build_pages.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::hook {

// What one build is made of.
enum class Granularity {
  run,   // of a run; its jobs are steps
  job,   // of a job
  both,  // of each
};

struct Shape {
  // Of the source, and of the CI ("github"): source of its properties.
  std::string source;
  std::string ci;
  Granularity builds = Granularity::run;
  // "%(repo)s/%(workflow)s"; empty: so, and a job's name behind it.
  std::string builder;
  // The user's, instead (builder_name.hpp); may be null.
  settings::ObjectPtr name_builder;
  std::vector<std::string> tags;
  // Milliseconds.
  Millis max_age = 0;
  // Whether addresses out of forks are used.
  bool trusts_forks = false;
  // Logins to addresses.
  std::map<std::string, std::string, std::less<>> people;
  // Of builds whose run has none.
  BuildPages pages;

  // ci: in small letters; also the source's name where none is given. Throws ConfigError.
  static Shape from(const settings::Arguments& args, std::string ci);
};

// builds, builder, tags, max_age, forks, people: to be appended to a source's own.
void add_shape_arguments(settings::Schema& schema);

// "90s", "5m", "2h", "3d", "1w", or a number of seconds. nullopt: anything else, or none at all.
std::optional<Millis> duration_of(std::string_view text);
// The same of an argument, or what it says when it is missing. Throws ConfigError.
Millis duration_of(const settings::Arguments& args, std::string_view argument);

// The same of how often something is done: at least so often. Throws ConfigError.
std::chrono::seconds interval_of(const settings::Arguments& args, std::string_view argument,
                                 std::chrono::seconds least);

// The pattern with what is meant by %(repo)s, %(workflow)s and %(job)s, and %% for '%'; into `out`, unless it
// is null. False: something else stands there.
bool expand(std::string_view pattern, const Run& run, std::string* out);

// A part of a key, out of any text: what is no letter, digit, '.', '_' or '-' becomes %XX.
std::string key_part(std::string_view text);

}  // namespace carillon::source::hook
