// Files for what is too large to be kept in memory: logs that go out with a delivery. Where they stand is for
// its kinds to say: a folder (spool/folder.hpp), a bucket of S3 (spool/s3/s3.hpp), pieces in a PostgreSQL
// database (store/open.hpp), several of these (spool/places.hpp).
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"

namespace carillon::spool {

// Whether a spool may have given it: what others put where its files are is theirs.
inline bool is_name(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
             std::string_view::npos;
}

// A complete file, open: it can be read to its end although it is removed meanwhile, or a read fails then;
// what is read is never another file's. The spool outlives it.
class File {
 public:
  virtual ~File() = default;
  virtual std::uint64_t size() const = 0;
  // The bytes at the offset: as many as asked for, fewer only at the end. Failure: unreachable.
  virtual Task<std::string> read(std::uint64_t offset, std::size_t bytes) const = 0;
};

// A file that is being written. Nothing stays of one that was not finished. One call at a time; the spool
// outlives it. Failures: throttled, when there is no room; unreachable with a retry_after, when the spool is
// away, and worth waiting for; else unreachable.
class Writer {
 public:
  virtual ~Writer() = default;
  // In any order; what was written there before is replaced.
  virtual Task<void> write_at(std::uint64_t offset, std::string bytes) = 0;
  // Cuts it to that size and makes it durable under its name, replacing an older one. Once.
  virtual Task<void> finish(std::uint64_t size) = 0;
};

// Reading and writing happens on threads of its own, so that a slow disk delays nobody else. Files appear
// whole or not at all, whenever the process ends.
class Spool {
 public:
  virtual ~Spool() = default;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // name: of letters, digits and '-'; no other process that writes here may choose it.
  virtual std::unique_ptr<Writer> create(const std::string& name) = 0;

  // null: there is none of that name and size. Failure: unreachable, it cannot be opened now.
  virtual Task<std::shared_ptr<const File>> open(std::string name, std::uint64_t size) = 0;

  struct Entry {
    std::string name;
    // Bytes.
    std::uint64_t size = 0;
  };
  // All complete files, in no order. What others did not finish, and do not write any more, is removed.
  virtual Task<std::vector<Entry>> entries() = 0;
  // Those that are not there do not matter.
  virtual Task<void> remove(std::vector<std::string> names) = 0;

  // How much of a log should be kept here. What is larger can be written all the same.
  struct Limit {
    // Bytes of one file.
    std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max();
    // Why, and what to do, for people.
    std::string why;
  };
  virtual Limit limit() const { return {}; }

 protected:
  Spool() = default;
};

}  // namespace carillon::spool
