#include "server/control.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace carillon::server {
namespace {

using Local = asio::local::stream_protocol;

constexpr std::size_t max_request = std::size_t{16} << 20U;  // one with a build in it
constexpr std::chrono::seconds request_patience{5};
constexpr int answer_patience = 90;  // seconds: a configuration may take 30 to load

constexpr off_t lock_byte = off_t{1} << 40U;  // of the database, far from those that SQLite locks

// Where a symbolic link leads.
std::string real_name(const std::string& database) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(database, error);
  return error ? database : path.string();
}

std::string error_text() {
  return std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): glibc's is safe
}

// A socket's address has room for 107 bytes, so the folder is named by a descriptor.
class Place {
 public:
  explicit Place(const std::string& database) {
    const std::filesystem::path path(real_name(database) + ".control");
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    folder_ = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    path_ = "/proc/self/fd/" + std::to_string(folder_) + "/" + path.filename().string();
  }
  ~Place() {
    if (folder_ >= 0) close(folder_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool good() const { return folder_ >= 0 && path_.size() < sizeof(sockaddr_un::sun_path); }
  const std::string& path() const { return path_; }

 private:
  int folder_ = -1;
  std::string path_;
};

// A connection of the command line; closed when it goes out of scope.
class Connection {
 public:
  explicit Connection(const std::string& database) {
    const Place place(database);
    if (!place.good()) return;
    socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    place.path().copy(static_cast<char*>(address.sun_path), sizeof(address.sun_path) - 1);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);  // NOLINT: the API
    if (connect(socket_, generic, sizeof(address)) == 0) return;
    if (errno == EACCES || errno == EPERM) {
      const std::string why = error_text();
      close(socket_);
      throw std::runtime_error("cannot talk with the server at " + database + ".control: " + why);
    }
    close(socket_);
    socket_ = -1;
  }
  ~Connection() {
    if (socket_ >= 0) close(socket_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  bool open() const { return socket_ >= 0; }
  int get() const { return socket_; }

 private:
  int socket_ = -1;
};

}  // namespace

InstanceLock::InstanceLock(const std::string& database) {
  try {
    lock_name(database);
    lock_file(database);
  } catch (...) {
    release();
    throw;
  }
}

InstanceLock::~InstanceLock() {
  release();
}

void InstanceLock::lock_name(const std::string& database) {
  path_ = real_name(database) + ".lock";
  do {
    if (name_ >= 0) close(name_);
    name_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (name_ < 0) return;
    if (flock(name_, LOCK_EX | LOCK_NB) != 0) {
      const bool taken = errno == EWOULDBLOCK;
      const std::string holder = holder_text();
      close(name_);
      name_ = -1;
      if (!taken) return;  // a file system without locks
      throw std::runtime_error("another carillon is running with " + database + holder);
    }
  } while (!is_named());  // its holder has just ended, and taken it away
  const std::string text = std::to_string(getpid()) + "\n";
  // The number is for the message only: a full disk must not keep the server from starting.
  if (ftruncate(name_, 0) == 0) (void)!pwrite(name_, text.data(), text.size(), 0);
}

// A lock of the open file, not of the process: it does not end when SQLite closes that file elsewhere.
void InstanceLock::lock_file(const std::string& database) {
  file_ = open(database.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) return;
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = lock_byte;
  lock.l_len = 1;
  if (fcntl(file_, F_OFD_SETLK, &lock) == 0) return;
  if (errno == EAGAIN || errno == EACCES)
    throw std::runtime_error("another carillon is running with " + database +
                             ", under another name of that file");
  close(file_);  // a file system without locks
  file_ = -1;
}

void InstanceLock::release() {
  if (name_ >= 0) unlink(path_.c_str());
  for (int* opened : {&name_, &file_}) {
    if (*opened >= 0) close(*opened);
    *opened = -1;
  }
}

bool InstanceLock::is_named() const {
  struct stat mine{};
  struct stat named{};
  return fstat(name_, &mine) == 0 && stat(path_.c_str(), &named) == 0 && mine.st_ino == named.st_ino &&
         mine.st_dev == named.st_dev;
}

std::string InstanceLock::holder_text() const {
  std::array<char, 32> pid{};
  const ssize_t size = pread(name_, pid.data(), pid.size() - 1, 0);
  if (size <= 0) return {};
  const std::string_view text(pid.data(), static_cast<std::size_t>(size));
  return " (process " + std::string(text.substr(0, text.find('\n'))) + ")";
}

struct Control::State {
  State(asio::any_io_executor io_executor, std::string path, Handler the_handler, const Log& the_log)
      : io(std::move(io_executor)),
        database(std::move(path)),
        handler(std::move(the_handler)),
        log(the_log),
        acceptor(io) {}
  asio::any_io_executor io;
  std::string database;
  Handler handler;
  const Log& log;
  Local::acceptor acceptor;
  bool stopping = false;
};

namespace {

asio::awaitable<json::object> answer_to(const Control::Handler& handler, std::string line) {
  std::string error;
  try {
    boost::system::error_code broken;
    json::value request = json::parse(line, broken);
    if (!broken && request.is_object()) co_return co_await handler(std::move(request.as_object()));
    error = "not a request";
  } catch (const std::exception& thrown) {
    error = thrown.what();
  }
  json::object answer;
  answer["error"] = error;
  co_return answer;
}

template <class State>
asio::awaitable<void> converse(std::shared_ptr<State> state, Local::socket socket) {
  const auto shared = std::make_shared<Local::socket>(std::move(socket));
  asio::steady_timer timer(state->io, request_patience);
  timer.async_wait([weak = std::weak_ptr(shared)](const boost::system::error_code& error) {
    const auto late = weak.lock();
    if (!error && late) late->close();
  });
  asio::streambuf buffer(max_request);
  boost::system::error_code error;
  const std::size_t size = co_await asio::async_read_until(*shared, buffer, '\n',
                                                           asio::redirect_error(asio::use_awaitable, error));
  timer.cancel();
  if (error) co_return;  // whoever only looked whether a server is there says nothing
  std::string line(asio::buffers_begin(buffer.data()),
                   asio::buffers_begin(buffer.data()) + static_cast<std::ptrdiff_t>(size));
  const json::object answer = co_await answer_to(state->handler, std::move(line));
  const std::string text = json::serialize(answer) + "\n";
  co_await asio::async_write(*shared, asio::buffer(text), asio::redirect_error(asio::use_awaitable, error));
}

template <class State>
asio::awaitable<void> accept_loop(std::shared_ptr<State> state) {
  while (!state->stopping) {
    boost::system::error_code error;
    Local::socket socket =
        co_await state->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (state->stopping) break;
    if (error) {
      co_await sleep_for(std::chrono::milliseconds(100));
      continue;
    }
    asio::co_spawn(state->io, converse(state, std::move(socket)), or_end);
  }
}

}  // namespace

Control::Control(asio::any_io_executor io, const std::string& database, Handler handler, const Log& log)
    : state_(std::make_shared<State>(std::move(io), real_name(database), std::move(handler), log)) {
  const Place place(database);
  boost::system::error_code error;
  if (!place.good()) error = boost::system::errc::make_error_code(boost::system::errc::filename_too_long);
  if (!error) unlink(place.path().c_str());
  if (!error) state_->acceptor.open(Local(), error);
  // Before bind(), so that nobody else can reach it for a moment.
  if (!error && fchmod(state_->acceptor.native_handle(), 0600) != 0) errno = 0;
  if (!error) state_->acceptor.bind(Local::endpoint(place.path()), error);
  if (!error) state_->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    log.warning("carillon",
                "`carillon reload` and `test-send` of bots cannot reach this server: cannot listen at " +
                    database + ".control: " + error.message());
    return;
  }
  asio::co_spawn(state_->io, accept_loop(state_), or_end);
}

Control::~Control() {
  stop();
}

void Control::stop() {
  if (state_->stopping) return;
  state_->stopping = true;
  boost::system::error_code ignored;
  if (state_->acceptor.is_open()) unlink((state_->database + ".control").c_str());
  state_->acceptor.close(ignored);
}

bool server_runs(const std::string& database) {
  try {
    return Connection(database).open();
  } catch (const std::runtime_error&) {
    return true;  // it is another user's
  }
}

std::optional<json::object> ask_server(const std::string& database, const json::object& request) {
  const Connection connection(database);
  if (!connection.open()) return std::nullopt;
  timeval patience{};
  patience.tv_sec = answer_patience;
  setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  const std::string text = json::serialize(request) + "\n";
  if (send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("cannot talk with the server: " + error_text());
  }
  std::string answer;
  std::array<char, 4096> part{};
  while (answer.find('\n') == std::string::npos) {
    const ssize_t size = recv(connection.get(), part.data(), part.size(), 0);
    if (size < 0) throw std::runtime_error("the server does not answer: " + error_text());
    if (size == 0) throw std::runtime_error("the server has ended without an answer");
    answer.append(part.data(), static_cast<std::size_t>(size));
  }
  boost::system::error_code broken;
  json::value value = json::parse(answer, broken);
  if (broken || !value.is_object()) throw std::runtime_error("the server's answer makes no sense");
  return std::move(value.as_object());
}

}  // namespace carillon::server
