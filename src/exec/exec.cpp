#include "exec/exec.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <system_error>

#include "base/encoding.hpp"
#include "base/host.hpp"
#include "base/visible.hpp"
#include "exec/command.hpp"
#include "exec/delivery.hpp"
#include "exec/report.hpp"

namespace carillon::exec {
namespace {

using namespace asio::experimental::awaitable_operators;
using std::chrono::milliseconds;

constexpr milliseconds patience{8'000};        // of the end of a command, while the server does not answer
constexpr milliseconds most_patience{60'000};  // and while it does, because much was kept
constexpr milliseconds grace{5'000};           // between SIGTERM and SIGKILL after the time-out

void say(const std::string& text) {
  std::cerr << "carillon exec: " << visible(fold_to_line(text)) << "\n" << std::flush;
}

// Sorts by time, and is nobody else's.
std::string new_id(Millis now) {
  std::array<char, 8> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw std::system_error(errno, std::generic_category(), "getrandom");
  return std::to_string(now) + "-" + hex_encode({bytes.data(), bytes.size()});
}

// A pipe of ours must not take the number of a stream that the caller has closed.
void keep_standard_streams() {
  int opened = 0;
  while (opened >= 0 && opened <= STDERR_FILENO)
    opened = ::open("/dev/null", O_RDWR);
  ::close(opened);
}

// Everything that one call needs.
class Session {
 public:
  explicit Session(const Options& options)
      : options_(options),
        signals_(io_.get_executor()),
        client_(http::make_curl_client(io_.get_executor())),
        box_(options.spool, ingest_urls(options.url), Box::Limits(), say),
        delivery_(*client_, options.url, options.token, box_, say) {
    if (!options.token_trouble.empty()) say(options.token_trouble);
  }

  int run() { return perform(options_.flush ? flush() : command()); }

 private:
  int perform(asio::awaitable<int> work) {
    int code = 1;
    std::exception_ptr thrown;
    asio::co_spawn(io_, std::move(work), [&](std::exception_ptr error, int result) {
      thrown = std::move(error);
      code = result;
      io_.stop();
    });
    io_.run();
    if (thrown) std::rethrow_exception(thrown);
    return code;
  }

  asio::awaitable<int> flush() {
    const auto sent = co_await delivery_.insist({}, patience, std::chrono::hours(24));
    if (!sent) say(sent.error().what);
    const Box::Count left = box_.count();
    if (left.here > 0) say(std::to_string(left.here) + " reports wait in " + box_.where());
    if (left.elsewhere > 0) {
      say(std::to_string(left.elsewhere) + " reports for other servers wait in " + box_.where() +
          ": the first line of each names its server");
    }
    co_return sent&& left.here == 0 ? 0 : 1;
  }

  asio::awaitable<int> command() {
    Job job;
    job.notes = options_.build;
    job.command = options_.command;
    job.started = SystemClock().now();
    job.id = new_id(job.started);
    job.host = host_name();
    Record record(options_.max_log);
    Command command(io_.get_executor(), job.command, options_.quiet, record);
    const std::string start = start_line(job);
    bool told = false;
    if (command.not_run().empty()) {
      // Where this is not possible, put() will say so.
      static_cast<void>(box_.begin(job.id, start + lost_line(job)));
      co_await (until_ended(command) || tell_start(start, told));
    } else {
      say(command.not_run());
    }
    const Ending ending = command.finish();
    if (!command.trouble().empty()) say("not all output was passed on: " + command.trouble());
    std::string lines = told ? "" : start;
    lines += end_line(job, ending, options_.codes, SystemClock().now(), record.text());
    co_await (deliver(job, std::move(lines)) || given_up());
    co_return exit_code(ending);
  }

  asio::awaitable<void> until_ended(Command& command) {
    co_await (command.ended() || pass_on_signals(command) || watch(command));
  }

  asio::awaitable<void> pass_on_signals(Command& command) {
    for (;;)
      command.pass_on(co_await signals_.next());
  }

  // The command that takes too long.
  asio::awaitable<void> watch(Command& command) {
    if (options_.timeout.count() > 0) {
      co_await sleep_for(options_.timeout);
      command.timed_out(options_.timeout);
      command.signal(SIGTERM);
      co_await sleep_for(grace);
      command.signal(SIGKILL);
    }
    co_await sleep_for(std::chrono::hours(24 * 365));
  }

  // Never ends before the command does.
  asio::awaitable<void> tell_start(std::string line, bool& told) {
    co_await delivery_.tell(std::move(line), told);
    co_await sleep_for(std::chrono::hours(24 * 365));
  }

  // Whatever happens, the exit code is the command's.
  asio::awaitable<void> deliver(const Job& job, std::string lines) {
    try {
      co_await deliver_it(job, std::move(lines));
    } catch (const std::exception& error) {
      say(std::string("the report may be lost: ") + error.what());
    }
  }

  asio::awaitable<void> deliver_it(const Job& job, std::string lines) {
    if (const auto kept = box_.put(job.id, lines); !kept) {
      // It has this one chance.
      say("cannot keep the report: " + kept.error().what);
      if (const auto sent = co_await delivery_.post(std::move(lines)); !sent) {
        say("the report is lost: " + sent.error().what);
      }
      co_return;
    }
    const auto sent = co_await delivery_.insist(job.id, patience, most_patience);
    if (!sent) say("the report waits in " + box_.where() + ": " + sent.error().what);
  }

  // Somebody does not want to wait for the server: the report is on disk.
  asio::awaitable<void> given_up() {
    for (;;) {
      const Signals::Heard heard = co_await signals_.next();
      if (heard.number == SIGUSR1 || heard.number == SIGUSR2) continue;
      say("the report may wait in " + box_.where());
      co_return;
    }
  }

  const Options& options_;
  asio::io_context io_{1};
  Signals signals_;
  std::unique_ptr<http::Client> client_;
  Box box_;
  Delivery delivery_;
};

}  // namespace

int run(const Options& options) {
  keep_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);  // a reader of our output that goes away is the command's affair
  Session session(options);
  return session.run();
}

}  // namespace carillon::exec
