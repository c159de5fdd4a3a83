#include "server/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <ctime>

#include "base/encoding.hpp"

namespace carillon::server {
namespace {

std::string take(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before other threads begin
  std::string text = value == nullptr ? "" : value;
  unsetenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text;
}

}  // namespace

ServiceManager::ServiceManager() : socket_(take("NOTIFY_SOCKET")) {
  const std::string pid = take("WATCHDOG_PID");
  const std::string interval = take("WATCHDOG_USEC");
  watches_ = !socket_.empty() && !interval.empty() && (pid.empty() || pid == std::to_string(getpid()));
}

void ServiceManager::ready() {
  tell("READY=1");
}

void ServiceManager::reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void ServiceManager::stopping() {
  tell("STOPPING=1");
}

void ServiceManager::status(std::string_view text) {
  tell("STATUS=" + fold_to_line(text));
}

void ServiceManager::alive() {
  tell("WATCHDOG=1");
}

// Never waits: a manager that does not read loses the message, and we lose nothing.
void ServiceManager::tell(std::string_view message) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
  address.sun_family = AF_UNIX;
  socket_.copy(static_cast<char*>(address.sun_path), sizeof(address.sun_path) - 1);
  if (socket_.front() == '@') address.sun_path[0] = '\0';  // an abstract one
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);  // NOLINT: the API
  sendto(fd, message.data(), message.size(), MSG_NOSIGNAL, generic, size);
  close(fd);
}

}  // namespace carillon::server
