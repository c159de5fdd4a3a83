#include "store/sqlite/database.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "base/encoding.hpp"
#include "store/sqlite/file_watch.hpp"
#include "store/sqlite/schema.hpp"
#include "store/states.hpp"

namespace carillon::store {
namespace {

constexpr const char* too_long = "the question takes too long";

[[noreturn]] void fail(sqlite3* db, const std::string& doing) {
  const int code = db != nullptr ? sqlite3_errcode(db) : SQLITE_NOMEM;
  const char* text = db == nullptr              ? "out of memory"
                     : code == SQLITE_INTERRUPT ? too_long
                                                : sqlite3_errmsg(db);
  throw DatabaseError(code & 0xff, doing + ": " + text);
}

DatabaseError damaged(const std::string& path, const std::string& why) {
  return {SQLITE_CORRUPT, path + " is damaged (" + why.substr(0, why.find('\n')) +
                              "): put back a copy of it, or save what is left with `sqlite3 FILE .recover`"};
}

// A database that is larger is not read from end to end at each start: some seconds for each GB.
constexpr std::int64_t max_checked_bytes = std::int64_t{256} << 20U;

// ... but what the server cannot go on without.
constexpr const char* read_at_start[] = {
    "SELECT sum(length(reporter)) FROM notifications",
    "SELECT sum(length(cursor)) FROM cursors",
    "SELECT sum(length(why)) FROM pauses",
    "SELECT sum(length(value)) FROM memory",
    "SELECT sum(length(settled)) FROM deliveries WHERE state = {waiting}",
    "SELECT sum(event) FROM branches"};

constexpr std::string_view in_memory = ":memory:";
constexpr mode_t of_others = 0007;

// SQLite gives the files beside the database the rights that the database has.
void create_private(const std::string& path) {
  const int made = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made >= 0) ::close(made);  // it is new: nobody has locks on it that would end here
}

// Those of before got the rights that the umask left them. Where the owner is another, they stay.
void take_from_others(const std::string& path) {
  for (const char* beside : {"", "-wal", "-shm"}) {
    const std::string file = path + beside;
    struct stat facts{};
    if (stat(file.c_str(), &facts) != 0 || (facts.st_mode & of_others) == 0) continue;
    (void)!chmod(file.c_str(), facts.st_mode & 07777U & ~of_others);
  }
}

// "root" of a number that has no name.
std::string user_name(uid_t user) {
  std::array<char, 1024> room{};
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(user, &entry, room.data(), room.size(), &found);
  return found != nullptr ? entry.pw_name : "user " + std::to_string(user);
}

// What SQLite does not say, as far as it can be seen: "" else.
std::string why_not(const std::string& path, int wanted) {
  const auto parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  struct stat facts{};
  if (stat(folder.c_str(), &facts) != 0 && errno == ENOENT) return "the folder " + folder + " does not exist";
  if (stat(path.c_str(), &facts) == 0 && access(path.c_str(), wanted) != 0) {
    return "it cannot be " + std::string((wanted & W_OK) != 0 ? "written to" : "read") + " by " +
           user_name(geteuid()) + ": run this as root" +
           (facts.st_uid == 0 ? "" : ", or as " + user_name(facts.st_uid)) + ", who owns it";
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0)
    return "the folder " + folder + " cannot be written to by " + user_name(geteuid());
  return {};
}

}  // namespace

bool DatabaseError::took_too_long() const {
  return code_ == SQLITE_INTERRUPT;
}

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

bool Statement::is_integer(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_INTEGER;
}

Database::Database(const std::string& path, Access access) {
  try {
    if (path != in_memory && access == Access::create) create_private(path);
    open(path, access);
    // Before the file is known to be ours nothing is written, not even what its owner left to be merged.
    const int leave = read_only_ || std::filesystem::exists(path + "-wal") ? 1 : 0;
    sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, leave, nullptr);
    const std::int64_t version = inspect(path, access);
    if (!read_only_) prepare_to_write(path, access, version);
  } catch (const DatabaseError& error) {
    const bool ours = std::string_view(error.what()).find(path) != std::string_view::npos;
    const DatabaseError named = error.code() == SQLITE_CORRUPT ? damaged(path, error.what())
                                : ours                         ? error
                                       : DatabaseError(error.code(), path + ": " + error.what());
    close();
    throw named;
  }
}

void Database::open(const std::string& path, Access access) {
  const bool is_file = path != in_memory;
  read_only_ = access == Access::reading && is_file && ::access(path.c_str(), W_OK) != 0;
  // SQLite would open it for reading, and say only later that it cannot be written to.
  if (access != Access::reading && is_file && ::access(path.c_str(), W_OK) != 0 && errno != ENOENT) {
    const std::string why = why_not(path, R_OK | W_OK);
    throw DatabaseError(SQLITE_READONLY, path + (why.empty() ? " cannot be written to" : ": " + why));
  }
  int flags = SQLITE_OPEN_NOMUTEX | (read_only_ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
  if (access == Access::create) flags |= SQLITE_OPEN_CREATE;
  std::string name = path;
  // Nobody is writing, and the files by which readers and writers know of each other cannot be made.
  if (read_only_ && !std::filesystem::exists(path + "-wal")) {
    flags |= SQLITE_OPEN_URI;
    name = "file:" + percent_encode(std::filesystem::absolute(path).string()) + "?immutable=1";
  }
  if (sqlite3_open_v2(name.c_str(), &db_, flags, nullptr) != SQLITE_OK) {
    const std::string why = is_file ? why_not(path, read_only_ ? R_OK : R_OK | W_OK) : "";
    if (!why.empty()) throw DatabaseError(sqlite3_errcode(db_) & 0xff, "cannot open " + path + ": " + why);
    fail(db_, "cannot open " + path);
  }
  sqlite3_busy_timeout(db_, 10'000);
}

void Database::prepare_to_write(const std::string& path, Access access, std::int64_t version) {
  sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  // Later it would only be written again.
  if (version == 0) execute("PRAGMA auto_vacuum=INCREMENTAL");
  execute("PRAGMA journal_mode=WAL");
  execute("PRAGMA synchronous=FULL");
  execute("PRAGMA wal_autocheckpoint=4000");
  execute("PRAGMA cache_size=-16000");
  migrate(version);
  if (access != Access::create || path == in_memory) return;
  take_from_others(sqlite3_db_filename(db_, "main"));
  if (version == 0) execute("PRAGMA wal_checkpoint");  // so that the file itself says what it is
  watch_ = std::make_unique<FileWatch>(db_, path, pages());
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

void Database::limit_time(std::chrono::milliseconds most) {
  constexpr int steps = 10'000;  // of SQLite's machine: some 0.1 ms
  most_time_ = most;
  sqlite3_progress_handler(db_, most.count() > 0 ? steps : 0, look_at_clock, this);
}

int Database::look_at_clock(void* self) {
  return std::chrono::steady_clock::now() > static_cast<Database*>(self)->deadline_ ? 1 : 0;
}

void Database::begin_time() {
  if (most_time_.count() > 0) deadline_ = std::chrono::steady_clock::now() + most_time_;
}

Statement Database::prepare(const char* sql) {
  if (!one_question_) {
    begin_time();
  } else if (most_time_.count() > 0 && look_at_clock(this) != 0) {
    throw DatabaseError(SQLITE_INTERRUPT, std::string("database: ") + too_long);
  }
  auto [at, is_new] = statements_.try_emplace(sql, nullptr);
  if (is_new && sqlite3_prepare_v3(db_, with_states(sql).c_str(), -1, SQLITE_PREPARE_PERSISTENT, &at->second,
                                   nullptr) != SQLITE_OK) {
    statements_.erase(at);
    fail(db_, "database");
  }
  return Statement(at->second);
}

std::int64_t data_version(Database& db) {
  Statement find = db.prepare("PRAGMA data_version");
  return find.step() ? find.integer(0) : 0;
}

void Database::execute(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(db_, "database");
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(db_) == 0;
}

std::int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(db_);
}

std::int64_t Database::steps() const {
  std::int64_t all = 0;
  for (const auto& [sql, statement] : statements_)
    all += sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
  return all;
}

std::int64_t Database::total_changes() const {
  return sqlite3_total_changes64(db_);
}

int Database::changes() const {
  return sqlite3_changes(db_);
}

// The schema's version; 0 for a new file. Throws when the file is not for this program.
std::int64_t Database::inspect(const std::string& path, Access access) {
  const auto number = [this](const char* sql) {
    Statement statement = prepare(sql);
    return statement.step() ? statement.integer(0) : 0;
  };
  const std::int64_t application = number("PRAGMA application_id");
  const std::int64_t version = number("PRAGMA user_version");
  if (application != schema_application_id && number("SELECT count(*) FROM sqlite_schema") != 0) {
    throw DatabaseError(SQLITE_NOTADB, path + " is a database, but not one of Carillon's");
  }
  if (version > schema_version) {
    throw DatabaseError(SQLITE_MISUSE, path + " was written by a newer Carillon (schema " +
                                           std::to_string(version) + ", this one knows " +
                                           std::to_string(schema_version) + ")");
  }
  // A command must not change it under a server of before that may be running.
  if (access != Access::create && version < schema_version) {
    throw DatabaseError(SQLITE_READONLY, path + " was written by an older Carillon (schema " +
                                             std::to_string(version) + ", this one needs " +
                                             std::to_string(schema_version) +
                                             "); `carillon run` brings it up to date when it starts");
  }
  return version;
}

std::int64_t Database::pages() {
  Statement count = prepare("PRAGMA page_count");
  return count.step() ? count.integer(0) : 0;
}

void Database::check_file() {
  if (!watch_) return;
  watch_->check_names();
  std::int64_t count = 0;
  try {
    count = pages();
  } catch (const DatabaseError& error) {  // as in Worker::begin()
    if (error.code() != SQLITE_BUSY) watch_->check_header();
    throw;
  }
  watch_->check_content(count);
}

void Database::migrate(std::int64_t version) {
  if (version == schema_version) return;
  execute("BEGIN IMMEDIATE");
  {
    Statement again = prepare("PRAGMA user_version");  // another process may have been at it
    version = again.step() ? again.integer(0) : 0;
  }
  if (version == schema_version) {
    execute("COMMIT");
    return;
  }
  if (version < 1) execute(schema_sql);
  if (version < 2) execute(schema_step_2);
  if (version < 3) execute(schema_step_3);
  if (version < 4) execute(schema_step_4);
  if (version < 5) execute(schema_step_5);
  if (version < 6) execute(schema_step_6);
  if (version < 7) execute(schema_step_7);
  if (version < 8) execute(schema_step_8);
  execute(schema_step_9);
  execute("COMMIT");
}

void Database::check_whole(const std::string& path) {
  std::int64_t bytes = 0;
  {
    Statement size = prepare("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()");
    if (size.step()) bytes = size.integer(0);
  }
  std::string wrong;
  try {
    if (bytes <= max_checked_bytes) {
      Statement check = prepare("PRAGMA quick_check(1)");
      if (check.step() && check.text(0) != "ok") wrong = check.text(0);
    } else {
      for (const char* sql : read_at_start) {
        Statement rows = prepare(sql);
        while (rows.step()) {
        }
      }
    }
  } catch (const DatabaseError& error) {
    wrong = error.what();
  }
  if (wrong.empty()) return;
  sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);  // it stays as it is
  throw damaged(path, wrong);
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
