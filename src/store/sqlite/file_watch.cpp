#include "store/sqlite/file_watch.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "store/sqlite/database.hpp"
#include "store/sqlite/schema.hpp"

namespace carillon::store {
namespace {

using Bytes = std::array<unsigned char, 100>;  // the header of a database

// https://www.sqlite.org/fileformat2.html and walformat.html
constexpr std::string_view magic("SQLite format 3\0", 16);
constexpr std::uint32_t log_magic = 0x377f0682;  // or one more
constexpr std::int64_t log_header = 32;
constexpr std::int64_t frame_header = 24;
constexpr std::uint32_t index_version = 3007000;
constexpr int index_region = 32768;

constexpr const char* advice =
    ". Nothing is accepted until the file is back; a restart begins with what is there";

std::uint32_t big_endian(const unsigned char* at) {
  return (std::uint32_t{at[0]} << 24U) | (std::uint32_t{at[1]} << 16U) | (std::uint32_t{at[2]} << 8U) | at[3];
}

// SQLite's own descriptors: a second one of ours would drop all locks of the process when it is closed.
sqlite3_file* file_of(sqlite3* db, int which) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(db, "main", which, &file) != SQLITE_OK || file == nullptr) return nullptr;
  return file->pMethods != nullptr ? file : nullptr;
}

std::int64_t size_of(sqlite3_file* file) {
  sqlite3_int64 size = 0;
  return file != nullptr && file->pMethods->xFileSize(file, &size) == SQLITE_OK ? size : 0;
}

// What the index in shared memory says that the -wal file holds; 0: nothing, or it is not known.
std::int64_t log_needs(sqlite3_file* database) {
  if (database == nullptr || database->pMethods->iVersion < 2) return 0;
  void volatile* region = nullptr;
  if (database->pMethods->xShmMap(database, 0, index_region, 0, &region) != SQLITE_OK || region == nullptr)
    return 0;
  const auto* const bytes = static_cast<const volatile unsigned char*>(region);
  std::array<unsigned char, 24> copy{};
  for (std::size_t i = 0; i < copy.size(); ++i)
    copy.at(i) = bytes[i];
  std::uint32_t version = 0;
  std::uint16_t page_size = 0;
  std::uint32_t frames = 0;
  std::memcpy(&version, copy.data(), sizeof(version));
  std::memcpy(&page_size, copy.data() + 14, sizeof(page_size));
  std::memcpy(&frames, copy.data() + 16, sizeof(frames));
  if (version != index_version || frames == 0) return 0;
  return log_header + (std::int64_t{frames} * (frame_header + (page_size == 1 ? 65536 : page_size)));
}

}  // namespace

FileWatch::FileWatch(sqlite3* db, std::string path, std::int64_t pages)
    : db_(db),
      path_(std::move(path)),
      log_path_(sqlite3_filename_wal(sqlite3_db_filename(db, "main"))),
      database_(identity_of(path_)),
      log_(identity_of(log_path_)),
      header_(read_header()),
      size_(size()),
      least_(pages * header_.page_size),
      most_(least_) {}

FileWatch::Identity FileWatch::identity_of(const std::string& path) {
  struct stat facts{};
  if (stat(path.c_str(), &facts) == 0) return {facts.st_dev, facts.st_ino};
  throw DatabaseError(SQLITE_IOERR, path + ": " + std::generic_category().message(errno));
}

void FileWatch::check_names() const {
  check_name(path_, database_);
  check_name(log_path_, log_);
}

void FileWatch::check_name(const std::string& path, const Identity& opened) {
  struct stat facts{};
  std::string what;
  if (stat(path.c_str(), &facts) != 0) {
    what = errno == ENOENT ? " is gone: it was removed or moved away while it was in use"
                           : " cannot be looked at: " + std::generic_category().message(errno);
  } else if (facts.st_ino != opened.inode || facts.st_dev != opened.device) {
    what = " is another file now: it was replaced while it was in use";
  }
  if (!what.empty()) throw DatabaseError(SQLITE_IOERR, path + what + advice);
}

FileWatch::Header FileWatch::sound_header() const {
  const Header now = read_header();
  const bool ours = now.application == schema_application_id || now.application == header_.application;
  if (!now.good || !ours) fail(" was overwritten while it was in use");
  if (static_cast<std::int32_t>(now.changes - header_.changes) < 0)
    fail(" was put back to an earlier state while it was in use");
  return now;
}

void FileWatch::check_content(std::int64_t pages) {
  const Header now = sound_header();
  const std::int64_t bytes = pages * now.page_size;
  least_ = std::min(least_, bytes);
  most_ = std::max(most_, bytes);
  const std::int64_t length = size();
  if (length < std::min(size_, least_)) fail(" was cut while it was in use");
  if (length > std::max(size_, most_)) fail(" was overwritten while it was in use");
  check_log();
  header_ = now;
  if (length == size_) return;
  size_ = length;
  least_ = most_ = bytes;
}

void FileWatch::check_log() const {
  const std::int64_t needed = log_needs(file_of(db_, SQLITE_FCNTL_FILE_POINTER));
  if (needed == 0) return;
  sqlite3_file* log = file_of(db_, SQLITE_FCNTL_JOURNAL_POINTER);
  Bytes bytes{};
  const bool whole = log != nullptr && size_of(log) >= needed &&
                     log->pMethods->xRead(log, bytes.data(), log_header, 0) == SQLITE_OK &&
                     (big_endian(bytes.data()) | 1U) == (log_magic | 1U);
  if (!whole)
    throw DatabaseError(SQLITE_IOERR, log_path_ + " was cut or overwritten while it was in use" + advice);
}

FileWatch::Header FileWatch::read_header() const {
  Header header;
  sqlite3_file* file = file_of(db_, SQLITE_FCNTL_FILE_POINTER);
  Bytes bytes{};
  if (file == nullptr || file->pMethods->xRead(file, bytes.data(), bytes.size(), 0) != SQLITE_OK)
    return header;
  header.good = std::equal(magic.begin(), magic.end(), bytes.begin());
  const std::int64_t written = (std::int64_t{bytes[16]} << 8U) | bytes[17];
  header.page_size = written == 1 ? 65536 : written;
  header.changes = big_endian(bytes.data() + 24);
  header.application = big_endian(bytes.data() + 68);
  return header;
}

std::int64_t FileWatch::size() const {
  return size_of(file_of(db_, SQLITE_FCNTL_FILE_POINTER));
}

void FileWatch::fail(const std::string& what) const {
  throw DatabaseError(SQLITE_IOERR, path_ + what + advice);
}

}  // namespace carillon::store
