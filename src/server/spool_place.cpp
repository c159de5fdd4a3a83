#include "server/spool_place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "settings/error.hpp"
#include "spool/folder.hpp"
#include "spool/places.hpp"

namespace carillon::server {
namespace {

namespace fs = std::filesystem;

// No name of a long log.
constexpr const char* owner_file = "owner.txt";
constexpr std::uint64_t left_to_others = std::uint64_t{16} << 20U;  // bytes of the disk

fs::path beside(const store::Address& database) {
  return database.beside() + ".spool";
}

fs::path in_folder(const store::Address& database, const std::string& dir) {
  return fs::path(dir) / beside(database).filename();
}

}  // namespace

std::string shown_spool(const store::Address& database, const std::string& dir) {
  if (!dir.empty()) return "the folder " + in_folder(database, dir).string();
  return database.is_file() ? "the folder " + beside(database).string() : "the database";
}

std::unique_ptr<spool::Spool> open_spool(const asio::any_io_executor& io, const store::Address& database,
                                         const std::string& dir) {
  std::vector<std::unique_ptr<spool::Spool>> places;
  if (!dir.empty()) {
    places.push_back(std::make_unique<spool::Folder>(io, in_folder(database, dir), left_to_others,
                                                     spool::Folder::Writers::several));
  }
  if (auto in_database = store::open_spool(io, database)) places.push_back(std::move(in_database));
  places.push_back(std::make_unique<spool::Folder>(io, beside(database), left_to_others));
  if (places.size() == 1) return std::move(places.front());
  return std::make_unique<spool::Places>(std::move(places));
}

std::string claim_spool_folder(const store::Address& database, const std::string& dir,
                               const std::string& id) {
  const fs::path folder = in_folder(database, dir);
  const std::string file = (folder / owner_file).string();
  ::mkdir(folder.c_str(), 0700);  // where that fails, so does what follows
  const int made = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made >= 0) {
    const bool written = ::write(made, id.data(), id.size()) == static_cast<ssize_t>(id.size());
    ::close(made);
    if (!written) ::unlink(file.c_str());
    return {};
  }
  std::string owner;
  std::ifstream(file) >> owner;
  if (owner.empty() || owner == id) return {};
  return "c['spool']: " + folder.string() + " belongs to another database of that name: name another dir";
}

void require_spool_folder(const std::string& dir, const std::string& where) {
  std::error_code unknown;
  if (dir.empty() || fs::is_directory(dir, unknown)) return;
  const bool there = fs::exists(dir, unknown);
  throw settings::ConfigError(where + ": " + dir +
                              (there ? " is no folder" : " does not exist: make it, or mount it, first"));
}

void require_spool_folder(const settings::Configuration& configuration) {
  require_spool_folder(configuration.spool_dir, configuration.file + ": c['spool']: dir");
}

}  // namespace carillon::server
