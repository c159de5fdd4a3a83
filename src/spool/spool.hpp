// Files for what is too large to be kept in memory: logs that go out with a delivery. They stand in a folder
// beside the database, readable by their owner only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/task.hpp"

namespace carillon::spool {

// A complete file, open: it can be read to its end although it is removed meanwhile. The spool outlives it.
class File {
 public:
  virtual ~File() = default;
  virtual std::uint64_t size() const = 0;
  // The bytes at the offset: as many as asked for, fewer only at the end. Failure: unreachable.
  virtual Task<std::string> read(std::uint64_t offset, std::size_t bytes) const = 0;
};

// A file that is being written. Nothing stays of one that was not finished. One call at a time; the spool
// outlives it. Failures: throttled, when the disk is (nearly) full; else unreachable.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual Task<void> write_at(std::uint64_t offset, std::string bytes) = 0;
  // Cuts it to that size and makes it durable under its name, replacing an older one. Once.
  virtual Task<void> finish(std::uint64_t size) = 0;
};

// Reading and writing happens on threads of its own, so that a slow disk delays nobody else. Files appear
// whole or not at all, whenever the process ends.
class Spool {
 public:
  // The folder is made when it is first written to. reserve: bytes of the disk that are left to the database.
  Spool(asio::any_io_executor io, std::filesystem::path folder,
        std::uint64_t reserve = std::uint64_t{16} << 20U);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // name: of letters, digits and '-'.
  std::unique_ptr<Writer> create(const std::string& name);

  // null: there is none of that name and size. Failure: unreachable, it cannot be opened now.
  Task<std::shared_ptr<const File>> open(std::string name, std::uint64_t size);

  struct Entry {
    std::string name;
    // Bytes.
    std::uint64_t size = 0;
  };
  // All complete files, in no order. Files that an earlier process did not finish are removed.
  Task<std::vector<Entry>> entries();
  // Those that are not there do not matter.
  Task<void> remove(std::vector<std::string> names);

  const std::filesystem::path& folder() const { return folder_; }

 private:
  class OpenFile;
  class OpenWriter;

  asio::any_io_executor io_;
  std::filesystem::path folder_;
  std::uint64_t reserve_;
  // How names of files end that this process is writing.
  std::string unfinished_;
  asio::thread_pool threads_;
};

}  // namespace carillon::spool
