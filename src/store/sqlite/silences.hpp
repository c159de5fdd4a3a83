// Silences in their tables, and what they held back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/silences.hpp"
#include "store/sqlite/database.hpp"

namespace carillon::store {

// By their numbers.
std::vector<Silence> read_silences(Database& db);
std::vector<HeldBack> read_held_back(Database& db, RowId silence);
// As Silences::held_back().
std::optional<HeldBack> find_held_back(Database& db, RowId silence, const std::string& reporter,
                                       const std::string& source, const std::string& builder);

// That the silence holds back a report of this event, in the transaction that stores so. builder: empty where
// the event is about no build.
void note_held_back(Database& db, RowId silence, const std::string& reporter, const std::string& source,
                    const std::string& builder, RowId event);
// The same, of an event that is stored.
void note_held_back(Database& db, RowId silence, const std::string& reporter, RowId event);

// As Silences::close_silence().
std::vector<Notification> close_silence(Database& db, RowId id, const std::vector<std::string>& reporters,
                                        Millis now);
std::size_t forget_silences(Database& db, Millis before);

}  // namespace carillon::store
