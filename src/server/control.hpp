// One server per database, and a way to talk with it: a lock and a socket beside the database.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "base/log.hpp"
#include "base/task.hpp"

namespace carillon::server {

// The kernel lets go of it, however the process ends.
class InstanceLock {
 public:
  // Locks DATABASE.lock (of a symbolic link: beside the file that it names), which holds the process's number
  // and is removed at the end, and the database's file itself, whatever it is called (a hard link). A file
  // that is not there is made, empty and private. Throws std::runtime_error when another
  // server holds one of them. What cannot be locked (no folder, no right to write) is not, and opening the
  // database says why. To be let go after the database was closed: its own locks end, too.
  explicit InstanceLock(const std::string& database);
  ~InstanceLock();
  InstanceLock(const InstanceLock&) = delete;
  InstanceLock& operator=(const InstanceLock&) = delete;
  bool held() const { return name_ >= 0 && file_ >= 0; }

 private:
  void lock_name(const std::string& database);
  void lock_file(const std::string& database);
  void release();
  // Whether the file that is locked is the one of that name.
  bool is_named() const;
  std::string holder_text() const;

  std::string path_;
  // DATABASE.lock, while it is locked.
  int name_ = -1;
  // The database, likewise.
  int file_ = -1;
};

// Answers requests of the command line over the Unix socket DATABASE.control (of a symbolic link: beside the
// file that it names), which only the server's own
// user and root can reach: one JSON object on a line, and one as the answer.
class Control {
 public:
  using Handler = std::function<asio::awaitable<json::object>(json::object)>;

  // To be made by the holder of the lock: a socket that is there was left behind. Without one (the path
  // cannot be bound) the log says so, and the server runs all the same. A handler that throws is answered
  // with the text as `error`.
  Control(asio::any_io_executor io, const std::string& database, Handler handler, const Log& log);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // And removes the socket.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Whether a server is running with this database.
bool server_runs(const std::string& database);

// Asks it, and waits for the answer. nullopt: none is running. Throws std::runtime_error when there is no
// answer.
std::optional<json::object> ask_server(const std::string& database, const json::object& request);

}  // namespace carillon::server
