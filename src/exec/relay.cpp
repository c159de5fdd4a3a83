#include "exec/relay.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace carillon::exec {
namespace {

// Waits until the other side of a terminal or pipe that does not block has room.
void wait_for_room(int to) {
  pollfd room{to, POLLOUT, 0};
  ::poll(&room, 1, -1);
}

bool relay_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(to, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {
      wait_for_room(to);
      continue;
    }
    if (size < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace

Relay::Relay(Descriptor from, int to, Record& record)
    : from_(std::move(from)), to_(to), record_(record), stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (stop_.get() < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  ::fcntl(from_.get(), F_SETFL, O_NONBLOCK);
  thread_ = std::thread([this] { work(); });
}

void Relay::finish(std::chrono::milliseconds linger) {
  if (!thread_.joinable()) return;
  const auto milliseconds = static_cast<std::uint64_t>(linger.count()) + 1;
  const ssize_t written = ::write(stop_.get(), &milliseconds, sizeof milliseconds);
  static_cast<void>(written);  // an eventfd takes it
  thread_.join();
}

Relay::~Relay() {
  finish(std::chrono::milliseconds(0));
}

bool Relay::pass_on(std::size_t& owed) {
  std::array<char, 65536> buffer{};
  const ssize_t size = ::read(from_.get(), buffer.data(), buffer.size());
  if (size < 0) return errno == EINTR || errno == EAGAIN;
  if (size == 0) return false;
  const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
  owed -= std::min(owed, bytes.size());
  record_.add(bytes);
  if (to_ < 0 || relay_all(to_, bytes)) return true;
  if (errno == EPIPE) return false;
  trouble_ = std::generic_category().message(errno);
  to_ = -1;
  return true;
}

void Relay::work() {
  using Clock = std::chrono::steady_clock;
  auto end = Clock::time_point::max();  // set by finish()
  std::size_t owed = 0;                 // bytes that were there at that moment
  bool asked = false;
  for (;;) {
    std::array<pollfd, 2> wait{{{from_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    int patience = -1;
    if (asked) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
      if (left <= 0 && owed == 0) break;
      patience = static_cast<int>(std::max<std::int64_t>(left, 0));
    }
    const int ready = ::poll(wait.data(), asked ? 1 : 2, patience);
    if (ready == 0 || (ready < 0 && errno != EINTR)) break;
    if (ready > 0 && wait[0].revents != 0 && !pass_on(owed)) break;
    if (asked || ready < 0 || wait[1].revents == 0) continue;
    std::uint64_t milliseconds = 1;
    asked = ::read(stop_.get(), &milliseconds, sizeof milliseconds) == sizeof milliseconds;
    end = Clock::now() + std::chrono::milliseconds(milliseconds - 1);
    int there = 0;
    if (::ioctl(from_.get(), FIONREAD, &there) == 0) owed = static_cast<std::size_t>(there);
  }
  from_ = Descriptor();  // now, so that a command that still writes learns that nobody reads
}

}  // namespace carillon::exec
