// A spool in a folder, readable by its owner only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "spool/spool.hpp"
#include "spool/threads.hpp"

namespace carillon::spool {

// Shared by all jobs of one.
struct FolderHome;

class Folder final : public Spool {
 public:
  // Who writes there: one process at a time, or several machines. What others began and do not write any
  // more is removed at once, or when it was not touched for an hour.
  enum class Writers { one, several };

  // The folder is made when it is first written to; the one that it is in must be there. One of several is
  // made once, also by a first look at its entries: where it is not there later, it is unreachable, not
  // empty, as what it is mounted from may come back. reserve: bytes of the disk that are left to others, as
  // the database. A file whose name no spool gives (spool.hpp) is left alone.
  Folder(asio::any_io_executor io, std::filesystem::path folder,
         std::uint64_t reserve = std::uint64_t{16} << 20U, Writers writers = Writers::one);

  std::unique_ptr<Writer> create(const std::string& name) override;
  Task<std::shared_ptr<const File>> open(std::string name, std::uint64_t size) override;
  Task<std::vector<Entry>> entries() override;
  Task<void> remove(std::vector<std::string> names) override;

  const std::filesystem::path& folder() const;

 private:
  class OpenFile;
  class OpenWriter;

  std::shared_ptr<FolderHome> home_;
  std::uint64_t reserve_;
  // How names of files end that this process is writing.
  std::string unfinished_;
  Threads threads_;
};

}  // namespace carillon::spool
