// Pages of what is kept, newest first. Each looks at a bounded number of rows, so that none costs more the
// longer the history is: a page may have fewer rows than were asked for, or none, and go on all the same.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "model/delivery.hpp"
#include "model/event.hpp"
#include "model/notification.hpp"

namespace carillon::store {

// A try of a build in its newest known state: its end, else its start.
struct ListedBuild {
  RowId row = 0;
  // Its body has only what lists show, and that shortened: listed_body() (list_rows.hpp).
  Event event;
  std::string builder;
  RunNumber run;
  std::string branch;
  // None while it runs.
  std::optional<Results> results;
  Millis heard = 0;
};

struct BuildsFilter {
  // Empty ones: any.
  std::string source, builder, branch;
  // Any of these; "runs" is asked for by `running`. Both empty and false: any.
  std::vector<Results> results;
  bool running = false;
  // Heard then or later.
  Millis since = 0;
  // `next` of the page before.
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  std::size_t limit = 50;
  // Rows (of a build's start and its end one each) that are looked at, at most.
  std::size_t look_at = 1'000;
};

struct BuildsPage {
  std::vector<ListedBuild> builds;
  // Where the next page begins; nullopt: there is none.
  std::optional<std::int64_t> next;
};

// Whether the bodies of events are read; they may be long (steps, logs).
enum class Bodies { read, left_out };

// Lists of builders are in this order.
struct BuilderName {
  std::string source, builder;
  auto operator<=>(const BuilderName&) const = default;
};

// The newest builds of one builder of one source, newest first.
struct ListedBuilder {
  std::string source, builder;
  std::vector<ListedBuild> newest;
};

}  // namespace carillon::store
