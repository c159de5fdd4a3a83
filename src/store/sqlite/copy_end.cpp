#include "store/sqlite/copy_end.hpp"

#include <map>

#include "store/sqlite/database.hpp"

namespace carillon::store {
namespace {

class FileEnd final : public CopyEnd {
 public:
  FileEnd(const std::string& path, Database::Access access, const char* begin)
      : path_(path), db_(path, access) {
    db_.execute(begin);
  }

  std::int64_t count(const CopiedTable& table) override {
    Statement rows = db_.prepare(kept("SELECT count(*) FROM " + std::string(table.name)));
    return rows.step() ? rows.integer(0) : 0;
  }

  void read(const CopiedTable& table, const std::function<void(CopiedRow&&)>& each) override {
    Statement rows =
        db_.prepare(kept("SELECT " + column_list(table, true) + " FROM " + std::string(table.name) +
                         " ORDER BY " + column_list(table, true, table.keys)));
    while (rows.step()) {
      CopiedRow row;
      row.reserve(table.columns.size());
      for (std::size_t i = 0; i < table.columns.size(); ++i)
        row.push_back(value_of(table, rows, i));
      each(std::move(row));
    }
  }

  std::int64_t last_number(const CopiedTable& table) override {
    if (table.numbering != Numbering::remembered) return 0;
    Statement find = db_.prepare("SELECT seq FROM sqlite_sequence WHERE name = ?");
    find.bind(table.name);
    return find.step() ? find.integer(0) : 0;
  }

  void fit(const CopiedTable&, CopiedRow&, std::vector<Unkept>&) override {}  // it keeps all bytes

  void write(const CopiedTable& table, const std::vector<CopiedRow>& rows) override {
    std::string places;
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      places += i == 0 ? "?" : ", ?";
    const char* sql = kept("INSERT INTO " + std::string(table.name) + " (" + column_list(table, true) +
                           ") VALUES (" + places + ")");
    for (const CopiedRow& row : rows) {
      Statement insert = db_.prepare(sql);
      for (std::size_t i = 0; i < row.size(); ++i)
        bind(insert, table.columns[i].kind, row[i]);
      insert.run();
    }
  }

  void set_last_number(const CopiedTable& table, std::int64_t number) override {
    if (table.numbering != Numbering::remembered || number == 0) return;
    db_.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = ?").bind(number).bind(table.name).run();
    if (db_.changes() > 0) return;
    db_.prepare("INSERT INTO sqlite_sequence (seq, name) VALUES (?, ?)").bind(number).bind(table.name).run();
  }

  void clear(const CopiedTable& table) override {
    db_.prepare(kept("DELETE FROM " + std::string(table.name))).run();
  }

  void commit() override { db_.execute("COMMIT"); }

 private:
  // A statement is known by its address.
  const char* kept(const std::string& sql) { return kept_.try_emplace(sql, sql).first->second.c_str(); }

  // Columns of SQLite take anything; a number that is none would be read as 0.
  CopiedValue value_of(const CopiedTable& table, const Statement& rows, std::size_t column) const {
    const auto at = static_cast<int>(column);
    if (rows.null(at)) return {};
    if (table.columns[column].kind != CopiedKind::number) return rows.text(at);
    if (rows.is_integer(at)) return rows.integer(at);
    throw Error(path_ + ": " + std::string(table.name) + " " + rows.text(0) + " has no number as its " +
                std::string(table.columns[column].name) +
                ": somebody else wrote to it; correct it with sqlite3, and copy again");
  }

  static void bind(Statement& insert, CopiedKind kind, const CopiedValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      insert.bind(*number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      kind == CopiedKind::bytes ? insert.bind_blob(*text) : insert.bind(*text);
    } else {
      insert.bind_null();
    }
  }

  std::string path_;
  std::map<std::string, std::string> kept_;
  Database db_;
};

}  // namespace

std::unique_ptr<CopyEnd> copy_from_file(const std::string& path) {
  return std::make_unique<FileEnd>(path, Database::Access::existing, "BEGIN");
}

std::unique_ptr<CopyEnd> copy_to_file(const std::string& path) {
  return std::make_unique<FileEnd>(path, Database::Access::create, "BEGIN IMMEDIATE");
}

}  // namespace carillon::store
