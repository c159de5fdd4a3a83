// Whether an open database is still the file of its name.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

struct sqlite3;

namespace carillon::store {

// SQLite goes on with a file that was removed, moved away or overwritten; what it commits there is lost at
// the next start. Looks at names and inodes, sizes and first bytes only, a few microseconds in all.
class FileWatch {
 public:
  // db: outlives this; it is in WAL mode and was read from. path: as the user wrote it.
  FileWatch(sqlite3* db, std::string path, std::int64_t pages);

  // All throw DatabaseError (again later: the file may be put back) that says what became of the file.
  // Removed, moved away, replaced by another file; likewise its -wal file.
  void check_names() const;
  // Cut, or written to by somebody else than SQLite. pages: of the database as it is now. Within a
  // transaction that writes, so that nobody else is in the middle of it.
  void check_content(std::int64_t pages);
  // The same as far as the file's header says, where SQLite cannot count its pages any more.
  void check_header() const { sound_header(); }

 private:
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
  };
  struct Header {
    // It is a database.
    bool good = false;
    std::int64_t page_size = 0;
    // Never fewer.
    std::uint32_t changes = 0;
    std::uint32_t application = 0;
  };
  static Identity identity_of(const std::string& path);
  static void check_name(const std::string& path, const Identity& opened);
  Header read_header() const;
  Header sound_header() const;
  std::int64_t size() const;
  void check_log() const;
  [[noreturn]] void fail(const std::string& what) const;

  sqlite3* db_;
  std::string path_;
  // Of the -wal file.
  std::string log_path_;
  Identity database_;
  Identity log_;
  Header header_;
  // Of the file, when it was looked at last.
  std::int64_t size_;
  // How large the database has been since then, in bytes: the file becomes as large as one of them, when
  // what the -wal file holds is merged.
  std::int64_t least_;
  std::int64_t most_;
};

}  // namespace carillon::store
