// Forgetting what is old, in small steps.
#pragma once

#include "store/sqlite/database.hpp"
#include "store/store.hpp"

namespace carillon::store {

Pruned prune_step(Database& db, const PruneStep& step);

FileSize file_size(Database& db);

// Makes the file smaller by a few free pages. Returns false when there are none, or the file was made without
// auto_vacuum.
bool give_back(Database& db);

}  // namespace carillon::store
