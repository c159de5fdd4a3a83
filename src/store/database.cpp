#include "store/database.hpp"

#include <sqlite3.h>

#include "store/schema.hpp"

namespace carillon::store {
namespace {

[[noreturn]] void fail(sqlite3* db, const std::string& doing) {
  const int code = db != nullptr ? sqlite3_errcode(db) : SQLITE_NOMEM;
  const char* text = db != nullptr ? sqlite3_errmsg(db) : "out of memory";
  throw DatabaseError(code & 0xff, doing + ": " + text);
}

}  // namespace

bool DatabaseError::full_or_busy() const {
  return code_ == SQLITE_FULL || code_ == SQLITE_BUSY || code_ == SQLITE_LOCKED || code_ == SQLITE_IOERR;
}

Statement::~Statement() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Statement& Statement::bind(std::int64_t value) {
  sqlite3_bind_int64(statement_, next_++, value);
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  sqlite3_bind_text64(statement_, next_++, text.data() != nullptr ? text.data() : "", text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
  sqlite3_bind_blob64(statement_, next_++, bytes.data() != nullptr ? bytes.data() : "", bytes.size(),
                      SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind_null() {
  sqlite3_bind_null(statement_, next_++);
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  fail(sqlite3_db_handle(statement_), "database");
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (bytes == nullptr || size <= 0) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

bool Statement::null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Database::Database(const std::string& path, Access access) {
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (access == Access::create ? SQLITE_OPEN_CREATE : 0);
  try {
    if (sqlite3_open_v2(path.c_str(), &db_, flags, nullptr) != SQLITE_OK) fail(db_, "cannot open " + path);
    sqlite3_busy_timeout(db_, 10'000);
    execute("PRAGMA journal_mode=WAL");
    execute("PRAGMA synchronous=FULL");
    execute("PRAGMA wal_autocheckpoint=4000");
    execute("PRAGMA cache_size=-16000");
    migrate(path);
  } catch (const DatabaseError& error) {
    const bool ours = std::string_view(error.what()).find(path) != std::string_view::npos;
    const DatabaseError named(error.code(), ours ? error.what() : path + ": " + error.what());
    close();
    throw named;
  }
}

Database::~Database() {
  close();
}

void Database::close() {
  for (const auto& [sql, statement] : statements_)
    sqlite3_finalize(statement);
  statements_.clear();
  sqlite3_close(db_);
}

Statement Database::prepare(const char* sql) {
  auto [at, is_new] = statements_.try_emplace(sql, nullptr);
  if (is_new &&
      sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &at->second, nullptr) != SQLITE_OK) {
    statements_.erase(at);
    fail(db_, "database");
  }
  return Statement(at->second);
}

void Database::execute(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(db_, "database");
}

std::int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(db_);
}

int Database::changes() const {
  return sqlite3_changes(db_);
}

void Database::migrate(const std::string& path) {
  std::int64_t application = 0;
  std::int64_t version = 0;
  std::int64_t tables = 0;
  {
    Statement statement = prepare("PRAGMA application_id");
    if (statement.step()) application = statement.integer(0);
  }
  {
    Statement statement = prepare("PRAGMA user_version");
    if (statement.step()) version = statement.integer(0);
  }
  {
    Statement statement = prepare("SELECT count(*) FROM sqlite_schema");
    if (statement.step()) tables = statement.integer(0);
  }
  if (application != schema_application_id && tables != 0) {
    throw DatabaseError(SQLITE_NOTADB, path + " is a database, but not one of Carillon's");
  }
  if (version > schema_version) {
    throw DatabaseError(SQLITE_MISUSE, path + " was written by a newer Carillon (schema " +
                                           std::to_string(version) + ", this one knows " +
                                           std::to_string(schema_version) + ")");
  }
  if (version == schema_version) return;
  execute("BEGIN IMMEDIATE");
  if (version < 1) execute(schema_sql);
  execute(schema_step_2);
  execute("COMMIT");
}

std::optional<std::string> sqlite_path(std::string_view url, const std::string& base) {
  constexpr std::string_view prefix = "sqlite:///";
  if (!url.starts_with(prefix)) return std::nullopt;
  std::string path(url.substr(prefix.size()));
  if (path.empty()) return std::nullopt;
  if (path.front() != '/' && !base.empty()) path.insert(0, base + "/");
  return path;
}

}  // namespace carillon::store
