// SQLite: one connection, its statements and its schema.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace carillon::store {

class FileWatch;

// An error of SQLite. code: SQLite's primary result code.
class DatabaseError : public Error {
 public:
  DatabaseError(int code, const std::string& what) : Error(what), code_(code) {}
  int code() const { return code_; }
  // Worth trying again later without a person.
  bool full_or_busy() const;
  bool took_too_long() const override;

 private:
  int code_;
};

// A prepared statement in use; reset when it goes out of scope. Parameters are bound in order, columns are
// numbered from 0. Texts returned live until the next step().
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(std::int64_t value);
  // The text must outlive the statement's use.
  Statement& bind(std::string_view text);
  Statement& bind(const std::string& text) { return bind(std::string_view(text)); }
  Statement& bind(const char* text) { return bind(std::string_view(text)); }
  // It would not.
  Statement& bind(std::string&&) = delete;
  Statement& bind_blob(std::string_view bytes);
  Statement& bind_null();
  Statement& bind(std::optional<std::int64_t> value) { return value ? bind(*value) : bind_null(); }

  // true: a row is there.
  bool step();
  void run() { step(); }

  std::int64_t integer(int column) const;
  std::string text(int column) const;
  bool null(int column) const;
  // Whether a number without a fraction is stored there.
  bool is_integer(int column) const;

 private:
  sqlite3_stmt* statement_;
  int next_ = 1;
};

class Database {
 public:
  enum class Access { create, existing, reading };

  // Opens the file with WAL, synchronous FULL and, when it is new, auto_vacuum INCREMENTAL. Access::create
  // also brings its schema up to date; a command does not, for a server of before may be running. Throws
  // DatabaseError with a text for the operator that names the file: not a database, another program's, made
  // by a newer Carillon, by an older one (unless Access::create), not writable, missing (Access::existing).
  // Such a file is left as it is. Access::create: other users of the machine may neither read nor write the
  // file and those beside it, whatever the umask; of what there was already, its group keeps its rights.
  // Access::reading: as existing where the file can be written to; else it is only read.
  Database(const std::string& path, Access access);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // The statement for this SQL, prepared once. sql must be a literal: its address is the key. Names of states
  // in braces stand for their numbers (states.hpp).
  Statement prepare(const char* sql);
  void execute(const char* sql);
  // From now on a statement that runs longer is given up with a DatabaseError, so that no question holds up
  // what the file's writer has to tidy up. 0: none is.
  void limit_time(std::chrono::milliseconds most);
  // While it lives, all statements together have that time.
  class Question {
   public:
    explicit Question(Database& db) : db_(db) {
      db_.begin_time();
      db_.one_question_ = true;
    }
    ~Question() { db_.one_question_ = false; }
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;

   private:
    Database& db_;
  };
  // Throws DatabaseError when the file is damaged: the whole of one up to 256 MB is looked at, of a larger
  // one the open work.
  void check_whole(const std::string& path);
  // Throws DatabaseError when the file is no longer what was opened: removed, moved away, replaced, cut or
  // overwritten (file_watch.hpp). Only of Access::create: a command of the command line is over soon. Within
  // a transaction that writes, before anything is read or written.
  void check_file();
  // Whether one is open.
  bool in_transaction() const;
  std::int64_t last_row() const;
  // Rows of the last statement.
  int changes() const;
  // Rows since it was opened.
  std::int64_t total_changes() const;
  // What all statements of prepare() have cost so far, in steps of SQLite's machine: the same on each
  // computer.
  std::int64_t steps() const;

 private:
  void open(const std::string& path, Access access);
  void prepare_to_write(const std::string& path, Access access, std::int64_t version);
  std::int64_t inspect(const std::string& path, Access access);
  void migrate(std::int64_t version);
  std::int64_t pages();
  static int look_at_clock(void* self);
  void begin_time();
  void close();

  sqlite3* db_ = nullptr;
  bool read_only_ = false;
  std::chrono::milliseconds most_time_{0};
  std::chrono::steady_clock::time_point deadline_;
  bool one_question_ = false;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
  // null: nothing is watched.
  std::unique_ptr<FileWatch> watch_;
};

// Another number after another connection has written.
std::int64_t data_version(Database& db);

// "sqlite:///relative.sqlite" and "sqlite:////absolute.sqlite" (as Buildbot and SQLAlchemy write them) to a
// path; relative ones are relative to base. nullopt: not an SQLite URL.
std::optional<std::string> sqlite_path(std::string_view url, const std::string& base);

}  // namespace carillon::store
