#include "server/disk.hpp"

#include <sys/statvfs.h>

#include <cstdint>

namespace carillon::server {

bool disk_full(const std::string& file) {
  struct statvfs room{};
  if (statvfs(file.c_str(), &room) != 0) return false;
  return std::uint64_t{room.f_bavail} * room.f_frsize < 1'000'000;
}

}  // namespace carillon::server
