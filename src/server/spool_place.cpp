#include "server/spool_place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "base/encoding.hpp"
#include "settings/error.hpp"
#include "spool/folder.hpp"
#include "spool/places.hpp"
#include "spool/s3/s3.hpp"

namespace carillon::server {
namespace {

namespace fs = std::filesystem;

// No name of a long log.
constexpr const char* owner_file = "owner.txt";
constexpr std::uint64_t left_to_others = std::uint64_t{16} << 20U;  // bytes of the disk
constexpr Millis place_remembered = Millis{3} * 24 * 3'600'000;

fs::path beside(const store::Address& database) {
  return database.beside() + ".spool";
}

fs::path in_folder(const store::Address& database, const std::string& dir) {
  return fs::path(dir) / beside(database).filename();
}

spool::s3::Place in_bucket(const store::Address& database, const settings::S3Bucket& bucket) {
  return {.url = bucket.url + "/" + percent_encode(beside(database).filename().string()),
          .region = bucket.region,
          .access_key = bucket.access_key,
          .secret_key = bucket.secret_key,
          .verify = bucket.verify};
}

// Where a file of a log is put together before it goes into a bucket.
fs::path on_the_way(const store::Address& database) {
  return database.beside() + ".upload";
}

// What stands in the file that says whose the folder is; "": it is not there, or empty.
std::string owner_of(const std::string& file) {
  std::string owner;
  std::ifstream(file) >> owner;
  return owner;
}

Result<std::string> claim_folder(const fs::path& folder, const std::string& id, bool was_there) {
  const std::string file = (folder / owner_file).string();
  if (std::string owner = owner_of(file); !owner.empty()) return owner;
  if (was_there) {
    return unreachable("the folder " + folder.string() +
                       " had long logs of this database, and is without its " + owner_file +
                       " now: is it mounted? Where all of them are lost, name another dir");
  }
  ::mkdir(folder.c_str(), 0700);  // where that fails, so does what follows
  const int made = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0 && errno == EEXIST) {  // meanwhile, or by one that could not write it
    if (std::string owner = owner_of(file); !owner.empty()) return owner;
    return unreachable(file + " is empty: remove it");
  }
  if (made < 0) return unreachable(file + ": " + std::generic_category().message(errno));
  const bool written = ::write(made, id.data(), id.size()) == static_cast<ssize_t>(id.size());
  ::close(made);
  if (written) return owner_of(file);
  ::unlink(file.c_str());
  return unreachable(file + " cannot be written");
}

}  // namespace

std::string shown_spool(const store::Address& database, const settings::SpoolPlace& place) {
  if (place.s3) return "the bucket " + in_bucket(database, *place.s3).url;
  if (!place.dir.empty()) return "the folder " + in_folder(database, place.dir).string();
  return database.is_file() ? "the folder " + beside(database).string() : "the database";
}

std::unique_ptr<spool::Places> open_spool(const asio::any_io_executor& io, http::Client& client,
                                          const store::Address& database, const settings::SpoolPlace& place) {
  std::vector<std::unique_ptr<spool::Spool>> places;
  if (place.s3) {
    places.push_back(
        spool::s3::open(io, client, in_bucket(database, *place.s3),
                        std::make_unique<spool::Folder>(io, on_the_way(database), left_to_others)));
  }
  if (!place.dir.empty()) {
    places.push_back(std::make_unique<spool::Folder>(io, in_folder(database, place.dir), left_to_others,
                                                     spool::Folder::Writers::several));
  }
  if (auto in_database = store::open_spool(io, database)) places.push_back(std::move(in_database));
  places.push_back(std::make_unique<spool::Folder>(io, beside(database), left_to_others));
  return std::make_unique<spool::Places>(std::move(places));
}

Task<std::string> claim_spool(http::Client& client, const store::Address& database,
                              const settings::SpoolPlace& place, std::string id, bool was_there) {
  std::string owner;
  if (place.s3) {
    auto found =
        co_await spool::s3::claim(client, in_bucket(database, *place.s3), owner_file, was_there ? "" : id);
    if (!found) co_return failed(found);
    if (found->empty()) {
      co_return unreachable(shown_spool(database, place) +
                            " had long logs of this database, and is without its " + owner_file +
                            " now. Where all of them are lost, name another prefix");
    }
    owner = std::move(*found);
  } else if (!place.dir.empty()) {
    auto found = claim_folder(in_folder(database, place.dir), id, was_there);
    if (!found) co_return failed(found);
    owner = std::move(*found);
  }
  if (owner.empty() || owner == id) co_return std::string();
  co_return "c['spool']: " + shown_spool(database, place) +
      " belongs to another database of that name: name another " + (place.s3 ? "prefix" : "dir");
}

SpoolRecord spool_record(const json::value& record, const std::string& current, Millis now) {
  SpoolRecord made;
  const json::object* const before = record.if_object();
  for (const auto& [name, since] : before != nullptr ? *before : json::object()) {
    if (name == current) {
      made.was_there = true;
      continue;
    }
    const Millis left = since.is_int64() && since.get_int64() > 0 ? since.get_int64() : now;
    if (now - left > place_remembered) continue;
    made.record[name] = left;
    made.elsewhere.emplace_back(name);
  }
  if (!current.empty()) made.record[current] = 0;
  return made;
}

void require_spool_folder(const std::string& dir, const std::string& where) {
  std::error_code unknown;
  if (dir.empty() || fs::is_directory(dir, unknown)) return;
  const bool there = fs::exists(dir, unknown);
  throw settings::ConfigError(where + ": " + dir +
                              (there ? " is no folder" : " does not exist: make it, or mount it, first"));
}

void require_spool_folder(const settings::Configuration& configuration) {
  require_spool_folder(configuration.spool.dir, configuration.file + ": c['spool']: dir");
}

}  // namespace carillon::server
