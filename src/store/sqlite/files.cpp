#include "store/sqlite/files.hpp"

#include "store/reading.hpp"

namespace carillon::store {

void insert_files(Database& db, RowId delivery, const std::vector<PayloadFile>& files) {
  for (const PayloadFile& file : files) {
    Statement insert = db.prepare(
        R"sql(
            INSERT INTO files (delivery, at, name, size, escaped, most, label)
            VALUES (?,?,?,?,?,?,?))sql");
    insert.bind(delivery).bind(static_cast<std::int64_t>(file.at)).bind(file.name);
    insert.bind(static_cast<std::int64_t>(file.size)).bind(static_cast<std::int64_t>(file.escaped));
    insert.bind(static_cast<std::int64_t>(file.most)).bind(file.label).run();
  }
}

std::vector<PayloadFile> files_of(Database& db, RowId delivery) {
  std::vector<PayloadFile> files;
  Statement find = db.prepare(R"sql(
          SELECT at, name, size, escaped, most, label
          FROM files WHERE delivery = ? ORDER BY rowid)sql");
  find.bind(delivery);
  while (find.step())
    files.push_back(read_payload_file(find));
  return files;
}

void delete_files(Database& db, RowId delivery) {
  db.prepare("DELETE FROM files WHERE delivery = ?").bind(delivery).run();
}

std::vector<FileUse> file_uses(Database& db, const std::vector<std::string>& names) {
  std::vector<FileUse> uses;
  for (const std::string& name : names) {
    // Waiting (0) and dead (2) need it; delivered is 1.
    Statement find = db.prepare(
        R"sql(
            SELECT max(1 << d.state & {undelivered}) <> 0, max(CASE WHEN d.state = {delivered} THEN d.settled_at
            END) FROM files f JOIN deliveries d ON d.id = f.delivery
            WHERE f.name = ?)sql");
    FileUse use;
    if (find.bind(name).step()) {
      use.needed = !find.null(0) && find.integer(0) != 0;
      if (!find.null(1)) use.delivered = find.integer(1);
    }
    uses.push_back(use);
  }
  return uses;
}

}  // namespace carillon::store
