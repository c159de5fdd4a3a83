#include "source/buildbot/local_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

namespace carillon::source::buildbot {
namespace {

constexpr std::size_t most_read = 64 * 1024;

std::string message(int error) {
  return std::generic_category().message(error);
}

// The beginning of a file; the error is an errno.
tl::expected<std::string, int> read_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return tl::unexpected<int>(errno);
  std::string content;
  std::array<char, 4096> buffer{};
  int error = 0;
  while (content.size() < most_read) {
    const auto size = ::read(file, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) error = errno;
    if (size <= 0) break;
    content.append(buffer.data(), static_cast<std::size_t>(size));
  }
  ::close(file);
  if (error != 0) return tl::unexpected<int>(error);
  return content;
}

bool gone(int error) {
  return error == ENOENT || error == ESRCH;
}

// The process number in twistd.pid; 0 when there is none in it.
int number_in(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return 0;
  int id = 0;
  const auto [stop, error] = std::from_chars(text.data() + begin, text.data() + text.size(), id);
  const std::string_view rest(stop, static_cast<std::size_t>(text.data() + text.size() - stop));
  if (error != std::errc() || rest.find_first_not_of(" \t\r\n") != std::string_view::npos) return 0;
  return std::max(id, 0);
}

// Whether the process is a Buildbot with that working directory; the error is an errno.
tl::expected<bool, int> is_master(int id, const struct stat& basedir) {
  const auto place = "/proc/" + std::to_string(id);
  const auto command = read_file(place + "/cmdline");
  if (!command) return tl::unexpected<int>(command.error());
  if (command->find("twistd") == std::string::npos && command->find("buildbot") == std::string::npos) {
    return false;
  }
  struct stat cwd{};
  if (::stat((place + "/cwd").c_str(), &cwd) != 0) return tl::unexpected<int>(errno);
  return cwd.st_dev == basedir.st_dev && cwd.st_ino == basedir.st_ino;
}

// Whether the process has a handler of its own for the signal. nullopt: nobody knows.
std::optional<bool> handles(int id, int number) {
  const auto status = read_file("/proc/" + std::to_string(id) + "/status");
  if (!status) return std::nullopt;
  constexpr std::string_view label = "\nSigCgt:\t";
  const auto at = status->find(label);
  if (at == std::string::npos) return std::nullopt;
  std::uint64_t caught = 0;
  const char* begin = status->data() + at + label.size();
  const auto [stop, error] = std::from_chars(begin, status->data() + status->size(), caught, 16);
  if (error != std::errc()) return std::nullopt;
  return (caught >> static_cast<unsigned>(number - 1) & 1U) != 0;
}

}  // namespace

Result<std::optional<LocalProcess>> LocalProcess::of_master(const std::string& basedir) {
  struct stat directory{};
  if (::stat(basedir.c_str(), &directory) != 0) return rejected("basedir " + basedir + ": " + message(errno));
  const auto file = basedir + "/twistd.pid";
  const auto text = read_file(file);
  if (!text && gone(text.error())) return std::nullopt;
  if (!text) return rejected(file + ": " + message(text.error()));
  const int id = number_in(*text);
  if (id == 0) return rejected(file + " holds no process number");
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, id, 0));
  if (handle < 0 && errno == ESRCH) return std::nullopt;
  if (handle < 0) return rejected("process " + std::to_string(id) + ": " + message(errno));
  // From here on the number belongs to this process, or to none.
  LocalProcess process(id, handle);
  const auto right = is_master(id, directory);
  if (!right && !gone(right.error())) {
    return rejected("process " + std::to_string(id) + " of " + file + " cannot be looked at: " +
                    message(right.error()) + " (Carillon must run as the same user, or as root)");
  }
  if (!right || !*right || process.ended()) return std::nullopt;
  return std::optional<LocalProcess>(std::move(process));
}

LocalProcess::LocalProcess(LocalProcess&& other) noexcept
    : id_(other.id_), handle_(std::exchange(other.handle_, -1)) {}

LocalProcess& LocalProcess::operator=(LocalProcess&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(handle_, other.handle_);
  return *this;
}

LocalProcess::~LocalProcess() {
  if (handle_ >= 0) ::close(handle_);
}

bool LocalProcess::ended() const {
  pollfd end{handle_, POLLIN, 0};
  return ::poll(&end, 1, 0) > 0;
}

Result<void> LocalProcess::signal(int number) const {
  const auto which = "process " + std::to_string(id_);
  if (handles(id_, number) == false && !ended()) {
    return rejected(which + " does not listen for the signal (is the master just starting?)");
  }
  if (::syscall(SYS_pidfd_send_signal, handle_, number, nullptr, 0) != 0) {
    return rejected(which + " cannot be signalled: " + message(errno));
  }
  return ok();
}

}  // namespace carillon::source::buildbot
