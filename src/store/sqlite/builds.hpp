// The builds that the events tell of, for questions about them.
#pragma once

#include <string>
#include <vector>

#include "store/sqlite/database.hpp"
#include "store/store.hpp"

namespace carillon::store {

std::vector<std::string> builder_names(Database& db, const std::string& master);
std::vector<KnownBuild> known_builds(Database& db, const std::string& master, const BuildsQuery& query);

}  // namespace carillon::store
