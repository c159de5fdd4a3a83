#include "cli/mail_file.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace carillon::cli {
namespace {

[[noreturn]] void fail(const std::string& path) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): glibc's is safe
  throw std::runtime_error("cannot write " + path + ": " + std::strerror(errno));
}

std::string numbered(const std::string& file, std::size_t number) {
  if (number == 0) return file;
  const std::filesystem::path path(file);
  const std::string name =
      path.stem().string() + "-" + std::to_string(number + 1) + path.extension().string();
  return (path.parent_path() / name).string();
}

}  // namespace

std::string write_mail(std::string_view message, const std::string& file, std::size_t number) {
  std::string path = numbered(file, number);
  int to = -1;
  if (file.empty()) {
    path = (std::filesystem::temp_directory_path() / "carillon-XXXXXX.eml").string();
    to = mkostemps(path.data(), 4, O_CLOEXEC);
  } else {
    to = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  }
  if (to < 0) fail(path);
  while (!message.empty()) {
    const ssize_t written = write(to, message.data(), message.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int why = errno;
      close(to);
      errno = why;
      fail(path);
    }
    message.remove_prefix(static_cast<std::size_t>(written));
  }
  if (close(to) != 0) fail(path);
  return path;
}

bool open_on_desktop(const std::string& path) {
  const auto given = [](const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody changes it
    return value != nullptr && *value != '\0';
  };
  if (!given("DISPLAY") && !given("WAYLAND_DISPLAY")) return false;
  std::string program = "xdg-open";
  std::string file = std::filesystem::absolute(path).string();
  const std::array<char*, 3> arguments = {program.data(), file.data(), nullptr};
  pid_t child = 0;
  return posix_spawnp(&child, program.c_str(), nullptr, nullptr, arguments.data(), environ) == 0;
}

}  // namespace carillon::cli
