#include "exec/command.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

namespace carillon::exec {
namespace {

constexpr std::array passed_on = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
constexpr std::chrono::milliseconds linger{500};  // for descendants that are about to write a last line

bool is_ignored(int number) {
  struct sigaction now{};
  return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

int block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : passed_on) {
    if (!is_ignored(number)) sigaddset(&set, number);
  }
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  const int descriptor = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
  return descriptor;
}

bool has_terminal() {
  const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  return terminal.get() >= 0;
}

bool same_file(int a, int b) {
  struct stat one{};
  struct stat other{};
  return ::fstat(a, &one) == 0 && ::fstat(b, &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

struct Pipe {
  Descriptor read;
  Descriptor write;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
};

// What the command should not see: it might print its environment, and that would be reported.
std::vector<char*> environment_without(std::string_view name) {
  std::vector<char*> out;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view entry(*at);
    if (entry.starts_with(name) && entry.substr(name.size()).starts_with("=")) continue;
    out.push_back(*at);
  }
  out.push_back(nullptr);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& one : texts)
    out.push_back(one.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Signals::Signals(const asio::any_io_executor& executor) : descriptor_(executor, block_signals()) {}

asio::awaitable<Signals::Heard> Signals::next() {
  signalfd_siginfo info{};
  co_await asio::async_read(descriptor_, asio::buffer(&info, sizeof info), asio::use_awaitable);
  Heard heard;
  heard.number = static_cast<int>(info.ssi_signo);
  heard.by_terminal = info.ssi_code > 0;  // of the kernel, not of another process
  co_return heard;
}

Command::Command(const asio::any_io_executor& executor, const std::vector<std::string>& argv, bool quiet,
                 Record& record)
    : end_(executor), record_(record), own_group_(!has_terminal()) {
  Pipe out;
  Pipe err;
  const bool one = quiet || same_file(STDOUT_FILENO, STDERR_FILENO);
  if (const int error = start(argv, out.write.get(), one ? out.write.get() : err.write.get()); error != 0) {
    ending_.not_run = "cannot run " + argv.front() + ": " + std::generic_category().message(error);
    ending_.not_found = error == ENOENT || error == ENOTDIR;
    return;
  }
  // glibc 2.36 declares pidfd_open() for C only.
  const int end = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (end < 0) throw std::system_error(errno, std::generic_category(), "pidfd_open");
  end_.assign(end);
  relays_.push_back(std::make_unique<Relay>(std::move(out.read), quiet ? -1 : STDOUT_FILENO, record_));
  if (!one) relays_.push_back(std::make_unique<Relay>(std::move(err.read), STDERR_FILENO, record_));
}

// 0, or the error's number.
int Command::start(const std::vector<std::string>& argv, int out, int err) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  for (const int number : passed_on)
    sigdelset(&mask, number);
  sigset_t by_default;
  sigemptyset(&by_default);
  sigaddset(&by_default, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &mask);
  posix_spawnattr_setsigdefault(&attributes, &by_default);
  posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                           (own_group_ ? POSIX_SPAWN_SETPGROUP : 0)));
  std::vector<char*> environment = environment_without("CARILLON_TOKEN");
  std::vector<std::string> words = argv;
  int error = ::posix_spawnp(&pid_, words.front().c_str(), &files, &attributes, pointers(words).data(),
                             environment.data());
  if (error == ENOEXEC) {  // a script without "#!", which shells run all the same
    words.insert(words.begin(), "/bin/sh");
    error = ::posix_spawnp(&pid_, "/bin/sh", &files, &attributes, pointers(words).data(), environment.data());
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) pid_ = -1;
  return error;
}

asio::awaitable<void> Command::ended() {
  co_await end_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
}

void Command::signal(int number) const {
  if (pid_ > 0) ::kill(own_group_ ? -pid_ : pid_, number);
}

void Command::pass_on(const Signals::Heard& heard) {
  const bool asks_to_stop = heard.number != SIGUSR1 && heard.number != SIGUSR2;
  if (asks_to_stop) ending_.stopped_by = heard.number;
  if (own_group_ || !heard.by_terminal) signal(heard.number);
}

Ending Command::finish() {
  if (!not_run().empty()) return ending_;
  // The group's number cannot be another's as long as the command is not reaped.
  if (ending_.timed_out && own_group_) signal(SIGKILL);
  siginfo_t info{};
  int result = 0;
  do {
    result = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
  } while (result != 0 && errno == EINTR);
  if (result != 0) throw std::system_error(errno, std::generic_category(), "waitid");
  pid_ = -1;
  (info.si_code == CLD_EXITED ? ending_.code : ending_.signal) = info.si_status;
  for (const auto& relay : relays_)
    relay->finish(linger);
  return ending_;
}

std::string Command::trouble() const {
  for (const auto& relay : relays_) {
    if (!relay->trouble().empty()) return relay->trouble();
  }
  return {};
}

}  // namespace carillon::exec
