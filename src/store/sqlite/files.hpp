// Files that deliveries need: rows of the table `files`.
#pragma once

#include <string>
#include <vector>

#include "store/sqlite/database.hpp"
#include "store/store.hpp"

namespace carillon::store {

void insert_files(Database& db, RowId delivery, const std::vector<PayloadFile>& files);
std::vector<PayloadFile> files_of(Database& db, RowId delivery);  // in the order of the payload
void delete_files(Database& db, RowId delivery);

// As Store::file_uses.
std::vector<FileUse> file_uses(Database& db, const std::vector<std::string>& names);

}  // namespace carillon::store
