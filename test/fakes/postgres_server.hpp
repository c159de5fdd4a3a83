// A PostgreSQL server of the test's own: Debian's programs, in a temporary folder, over a Unix socket.
#pragma once

#include <sys/types.h>

#include <string>

#include "fakes/temp_dir.hpp"

namespace carillon::test {

// Runs as another user where this is root, whom PostgreSQL refuses. It ends with this process, however that
// ends. Throws std::runtime_error that says which package is missing.
class PostgresServer {
 public:
  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // "postgresql://carillon@/DATABASE?host=FOLDER"; anybody may connect.
  std::string url(const std::string& database = "postgres") const;
  // As it is after a crash of the machine.
  void kill();
  // Waits until it takes connections.
  void start();

  // One for all tests of a program.
  static PostgresServer& shared();

 private:
  TempDir dir_;
  pid_t process_ = 0;
};

}  // namespace carillon::test
