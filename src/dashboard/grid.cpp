#include "dashboard/grid.hpp"

#include <algorithm>

#include "model/build.hpp"
#include "view/builds.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t most_columns = 10;
constexpr std::size_t most_rows = 100;
// Builds of each builder that are looked at.
constexpr std::size_t depth = 6;
constexpr std::size_t depth_of_branch = 20;

std::string revision_of(const store::ListedBuild& build) {
  const json::array* stamps = BuildView(build.event.body).sourcestamps();
  const json::object* stamp = stamps != nullptr && !stamps->empty() ? stamps->front().if_object() : nullptr;
  return stamp != nullptr ? text_at(*stamp, "revision") : std::string();
}

std::vector<Grid::Revision> newest_revisions(const std::vector<store::ListedBuilder>& builders) {
  std::vector<Grid::Revision> found;
  for (const store::ListedBuilder& builder : builders) {
    for (const store::ListedBuild& build : builder.newest) {
      const std::string revision = revision_of(build);
      if (revision.empty()) continue;
      const auto known = std::ranges::find(found, revision, &Grid::Revision::revision);
      if (known == found.end()) {
        found.push_back({revision, build.branch, build.event.at});
      } else if (known->at < build.event.at) {
        known->at = build.event.at;
      }
    }
  }
  std::ranges::sort(found, [](const auto& a, const auto& b) {
    return a.at != b.at ? a.at > b.at : a.revision < b.revision;
  });
  found.resize(std::min(found.size(), most_columns));
  return found;
}

}  // namespace

Grid grid_of(store::Ledger& ledger, const std::string& branch) {
  std::vector<store::ListedBuilder> builders =
      ledger.newest_builds(branch.empty() ? depth : depth_of_branch, most_rows + 1);
  Grid grid;
  grid.cut = builders.size() > most_rows;
  builders.resize(std::min(builders.size(), most_rows));
  if (!branch.empty()) {
    for (store::ListedBuilder& builder : builders)
      std::erase_if(builder.newest, [&](const store::ListedBuild& build) { return build.branch != branch; });
  }
  grid.revisions = newest_revisions(builders);
  for (store::ListedBuilder& builder : builders) {
    Grid::Row row{builder.source, builder.builder, {}};
    row.builds.resize(grid.revisions.size());
    bool any = false;
    for (store::ListedBuild& build : builder.newest) {
      const auto column = std::ranges::find(grid.revisions, revision_of(build), &Grid::Revision::revision);
      if (column == grid.revisions.end()) continue;
      auto& cell = row.builds[static_cast<std::size_t>(column - grid.revisions.begin())];
      if (!cell) cell = std::move(build);
      any = true;
    }
    if (any) grid.rows.push_back(std::move(row));
  }
  return grid;
}

json::object to_json(const Grid& grid, const std::string& branch) {
  json::array revisions;
  for (const Grid::Revision& one : grid.revisions) {
    revisions.push_back(
        json::object{{"revision", one.revision},
                     {"branch", one.branch.empty() ? json::value(nullptr) : json::value(one.branch)},
                     {"at", one.at}});
  }
  json::array builders;
  for (const Grid::Row& row : grid.rows) {
    json::array builds;
    for (const auto& build : row.builds)
      builds.push_back(build ? json::value(view::to_json(*build)) : json::value(nullptr));
    builders.push_back(
        json::object{{"source", row.source}, {"builder", row.builder}, {"builds", std::move(builds)}});
  }
  return json::object{{"branch", branch.empty() ? json::value(nullptr) : json::value(branch)},
                      {"revisions", std::move(revisions)},
                      {"builders", std::move(builders)},
                      {"cut", grid.cut}};
}

}  // namespace carillon::dashboard
