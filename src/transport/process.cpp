#include "transport/process.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstring>

#include "base/encoding.hpp"

namespace carillon::process {
namespace {

using asio::posix::stream_descriptor;
using boost::system::error_code;

std::string error_text(int number) {
  return error_code(number, boost::system::system_category()).message();
}

// A file descriptor that nobody inherits.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }
  void set(int number) {
    close();
    number_ = number;
  }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_;
};

struct Pipe {
  Descriptor read;
  Descriptor write;

  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read.set(ends[0]);
    write.set(ends[1]);
    return ::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
  }
};

// What the child of vfork() does, in our memory, until it is the program or has failed: system calls only.
int become(char* const* argv, int in, int out, int err) {
  // A group of its own can be killed as a whole, and gets no Ctrl-C of ours.
  if (::setpgid(0, 0) != 0 || ::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
  if (::dup2(in, STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0 || ::dup2(err, STDERR_FILENO) < 0)
    return errno;
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  struct sigaction by_default{};
  by_default.sa_handler = SIG_DFL;
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD})
    ::sigaction(number, &by_default, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execvp(argv[0], argv);
  return errno;
}

// 0, or the error's number. Not posix_spawn(): that cannot have the program end with us when we are killed,
// or end without unwinding.
int spawn(std::vector<std::string>& argv, int out, int err, pid_t& pid) {
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  for (std::string& argument : argv)
    arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (null.get() < 0) return errno;
  // No handler of ours may run in the child.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  volatile int failed = 0;
  // posix_spawn cannot set a parent-death signal, and a program must not outlive us.
  // NOLINTNEXTLINE(bugprone-unsafe-functions,clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork)
  pid = ::vfork();
  if (pid == 0) {
    failed = become(arguments.data(), null.get(), out, err);
    ::_exit(1);
  }
  const int not_forked = pid < 0 ? errno : 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (not_forked != 0) return not_forked;
  if (failed != 0) ::waitpid(pid, nullptr, 0);
  return failed;
}

// One of the program's streams, read as it comes.
struct Stream {
  explicit Stream(const asio::any_io_executor& executor) : descriptor(executor) {}
  stream_descriptor descriptor;
  std::array<char, 4096> buffer{};
  std::string text;

  void keep(std::size_t size, std::size_t limit) {
    text.append(buffer.data(), std::min(size, limit - std::min(limit, text.size())));
  }
};

// A program under way. Shared with the reading of its streams.
struct Child : std::enable_shared_from_this<Child> {
  Child(const asio::any_io_executor& executor, const Limits& given)
      : limits(given), out(executor), err(executor), end(executor), timer(executor) {}

  Limits limits;
  pid_t pid = -1;  // until it is reaped
  Stream out;
  Stream err;
  stream_descriptor end;
  asio::steady_timer timer;
  bool timed_out = false;

  void read(Stream& stream) {
    stream.descriptor.async_read_some(
        asio::buffer(stream.buffer),
        [self = shared_from_this(), &stream](const error_code& error, std::size_t size) {
          if (error) return;
          stream.keep(size, self->limits.output);
          self->read(stream);
        });
  }

  // What is still in the pipe when the program has ended. Not until its end: a child of the program may keep
  // that open.
  void drain(Stream& stream) {
    if (!stream.descriptor.is_open()) return;
    error_code ignored;
    stream.descriptor.cancel(ignored);
    for (;;) {
      const ssize_t size =
          ::read(stream.descriptor.native_handle(), stream.buffer.data(), stream.buffer.size());
      if (size <= 0) return;
      stream.keep(static_cast<std::size_t>(size), limits.output);
      if (stream.text.size() >= limits.output) return;
    }
  }

  void watch() {
    timer.expires_after(limits.time);
    timer.async_wait([weak = weak_from_this()](const error_code& error) {
      if (const auto self = weak.lock(); self && !error) self->stop();
    });
  }

  void stop() {
    timed_out = true;
    signal_group(SIGTERM);
    timer.expires_after(limits.grace);
    timer.async_wait([weak = weak_from_this()](const error_code& error) {
      if (const auto self = weak.lock(); self && !error) self->signal_group(SIGKILL);
    });
  }

  // The group's number cannot be another's as long as the program is not reaped.
  void signal_group(int number) const {
    if (pid > 0) ::kill(-pid, number);
  }

  // Its end, as waitid() tells it; false when another took it.
  bool reap(siginfo_t& info) {
    int result = 0;
    do {
      result = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED);
    } while (result != 0 && errno == EINTR);
    pid = -1;
    return result == 0;
  }

  // However the call ends.
  void close() {
    error_code ignored;
    timer.cancel();
    if (pid > 0) {
      signal_group(SIGKILL);
      siginfo_t info{};
      reap(info);
    }
    for (stream_descriptor* one : {&out.descriptor, &err.descriptor, &end})
      one->close(ignored);
  }
};

struct Closer {
  Child& child;
  explicit Closer(Child& one) : child(one) {}
  ~Closer() { child.close(); }
  Closer(const Closer&) = delete;
  Closer& operator=(const Closer&) = delete;
};

class PosixRunner final : public Runner {
 public:
  Task<Ended> run(std::vector<std::string> argv, Limits limits) override {
    const auto executor = co_await asio::this_coro::executor;
    const std::string program = argv.at(0);
    const auto child = std::make_shared<Child>(executor, limits);
    const Closer closer(*child);
    if (const std::string error = start(*child, argv); !error.empty()) {
      co_return unreachable("cannot run " + program + ": " + error);
    }
    child->read(child->out);
    child->read(child->err);
    child->watch();
    const auto [error] =
        co_await child->end.async_wait(stream_descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
    if (error) throw boost::system::system_error(error);
    if (child->timed_out) child->signal_group(SIGKILL);  // those of the group that SIGTERM did not end
    siginfo_t info{};
    const bool known = child->reap(info);
    child->drain(child->out);
    child->drain(child->err);
    if (child->timed_out) {
      const auto count = limits.time.count();
      const std::string time =
          count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
      co_return unreachable(program + " did not end within " + time);
    }
    if (!known) co_return unreachable("nobody knows how " + program + " ended");
    Ended ended;
    (info.si_code == CLD_EXITED ? ended.code : ended.signal) = info.si_status;
    ended.out = std::move(child->out.text);
    ended.err = std::move(child->err.text);
    co_return ended;
  }

 private:
  // Empty, or why it does not run.
  static std::string start(Child& child, std::vector<std::string>& argv) {
    for (const std::string& argument : argv) {
      if (argument.find('\0') != std::string::npos) return "a NUL byte in an argument";
    }
    Pipe out;
    Pipe err;
    if (!out.open() || !err.open()) return error_text(errno);
    if (const int error = spawn(argv, out.write.get(), err.write.get(), child.pid); error != 0) {
      child.pid = -1;
      return error_text(error);
    }
    // glibc 2.36 declares pidfd_open() for C only.
    const int end = static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0));
    if (end < 0) return error_text(errno);
    child.end.assign(end);
    child.out.descriptor.assign(out.read.release());
    child.err.descriptor.assign(err.read.release());
    return {};
  }
};

}  // namespace

std::unique_ptr<Runner> make_runner() {
  return std::make_unique<PosixRunner>();
}

std::string complaint(const Ended& ended) {
  if (ended.signal != 0) return "ended by signal " + std::to_string(ended.signal);
  if (ended.code == 0) return {};
  std::string text = "exit code " + std::to_string(ended.code);
  for (std::string_view rest = ended.err; !rest.empty();) {
    const auto size = std::min(rest.find('\n'), rest.size());
    const std::string line = fold_to_line(valid_utf8(rest.substr(0, size)));
    if (line.find_first_not_of(" \t") != std::string::npos) return text + ": " + ellipsize(line, 300);
    rest.remove_prefix(std::min(size + 1, rest.size()));
  }
  return text;
}

}  // namespace carillon::process
