// Builders by the newest revisions that they built.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "store/ledger.hpp"

namespace carillon::dashboard {

struct Grid {
  // Newest first; with any of its branches, and when the newest of its builds began or ended.
  struct Revision {
    std::string revision, branch;
    Millis at = 0;
  };
  struct Row {
    std::string source, builder;
    // For each of the revisions, the newest build of it; nullopt: none of the newest builds.
    std::vector<std::optional<store::ListedBuild>> builds;
  };
  std::vector<Revision> revisions;
  std::vector<Row> rows;
  // There are more builders.
  bool cut = false;
};

// Of the newest builds of each builder, of that branch where one is given; builders without any of those are
// left out.
Grid grid_of(store::Ledger& ledger, const std::string& branch);

// branch, revisions, builders, cut.
json::object to_json(const Grid& grid, const std::string& branch);

}  // namespace carillon::dashboard
