// What the commands ask of the masters: builders, builds, workers, changes.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/task.hpp"
#include "chat/world.hpp"
#include "model/results.hpp"
#include "source/source.hpp"

namespace carillon::chat {

using SourcePtr = std::shared_ptr<source::Source>;
using Tags = std::optional<std::set<std::string>>;

struct Question {
  SourcePtr source;
  std::string path;
};
// Asks at once, at most 16 at a time; the answers are in the order of the questions. Ends when all have
// ended.
asio::awaitable<std::vector<Result<json::value>>> ask_all(std::vector<Question> questions);

// The objects in the list of that name; nothing where there is none.
std::vector<json::object> objects_in(const json::value& document, std::string_view list);

// "I could not ask 'ci': WHY", one line, shortened.
std::string trouble(std::string_view master, const Failure& failure);

struct Builder {
  SourcePtr source;
  std::int64_t id = 0;
  std::string name;
  // The name; "MASTER/NAME" where several masters have a builder of that name.
  std::string shown;
  // An old one otherwise.
  bool configured = true;
  // Some worker of it is connected.
  bool online = false;
};

struct Build {
  // Index in Survey::builders.
  std::size_t builder = 0;
  std::int64_t id = 0;
  RunNumber run;
  std::int64_t request = 0;
  std::optional<Results> results;
  // Seconds since the epoch.
  std::optional<std::int64_t> complete_at;
  std::string state;
  std::string url;
};

struct Survey {
  // All, whether they answered or not.
  std::vector<SourcePtr> masters;
  // Those that have one of the tags, sorted by `shown`.
  std::vector<Builder> builders;
  // Of these builders, in the order of the builders, then by number and attempt.
  std::vector<Build> running;
  // By builder: the newest that is complete, as far as it is known.
  std::vector<std::optional<Build>> last;
  // Masters that could not be asked, each with the reason.
  std::vector<std::string> troubles;
};

struct Wants {
  bool online = false;
  bool running = false;
  // Only what is in the masters' recent builds; add_last() asks for the others.
  bool last = false;
};

// All masters at once, a fixed number of requests for each.
asio::awaitable<Survey> survey(const World& world, const Tags& tags, Wants wants);

// Completes Survey::last for the builders with these indices, one request for each that is not known yet.
asio::awaitable<void> add_last(Survey& survey, const std::vector<std::size_t>& builders);

// The builder of that name: "NAME", or "MASTER/NAME". Failure: rejected, with a text for the person (there is
// none, or several).
Result<std::size_t> find_builder(const Survey& survey, std::string_view name);

// What the first step that is under way says of itself ("compiling"); empty: none. One per build, in order.
asio::awaitable<std::vector<std::string>> current_steps(const Survey& survey,
                                                        const std::vector<Build>& builds);

// A build in the shape that chat::build_title() reads; with its sourcestamps when `revisions` is set (what
// cannot be asked is left out).
asio::awaitable<json::object> titled(const Survey& survey, const Build& build, bool revisions);

struct Worker {
  // As Builder::shown.
  std::string shown;
  // For some builder.
  bool configured = false;
  bool connected = false;
};
struct Workers {
  // Sorted.
  std::vector<Worker> workers;
  std::vector<std::string> troubles;
};
// With tags: only those that are configured for a builder with one of them.
asio::awaitable<Workers> all_workers(const World& world, const Tags& tags);

struct Change {
  // The first line.
  std::string comment;
  std::string author;
  std::string repository;
  std::string branch;
  std::string revision;
  std::string link;
  // Seconds since the epoch.
  std::int64_t when = 0;
};
struct Changes {
  // The newest is the last.
  std::vector<Change> changes;
  std::vector<std::string> troubles;
};
// count: the most, over all masters.
asio::awaitable<Changes> recent_changes(const World& world, std::size_t count);

}  // namespace carillon::chat
