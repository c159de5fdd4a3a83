#include "fakes/postgres_server.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "fakes/run.hpp"

namespace carillon::test {
namespace {

std::string folder_of_programs() {
  std::vector<std::string> roots;
  // Of scripts/install-packages, of this tree or another one's; then what is installed.
  if (const char* root = std::getenv("CARILLON_POSTGRES_ROOT")) roots.emplace_back(root);  // NOLINT
  roots.emplace_back(CARILLON_SOURCE_DIR "/build/postgres");
  roots.emplace_back("");
  for (const std::string& root : roots) {
    for (int version = 17; version >= 14; --version) {
      const std::string folder = root + "/usr/lib/postgresql/" + std::to_string(version) + "/bin";
      if (std::filesystem::exists(folder + "/initdb")) return folder;
    }
  }
  throw std::runtime_error("PostgreSQL's server is missing: run scripts/install-packages test");
}

// In a process of its own, as a user that PostgreSQL accepts; what it says is in the file.
pid_t spawn(const std::vector<std::string>& words, const std::string& said) {
  std::vector<char*> arguments;
  for (const std::string& word : words)
    arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT: the API
  arguments.push_back(nullptr);
  const passwd* other = getuid() == 0 ? getpwnam("nobody") : nullptr;  // NOLINT(concurrency-mt-unsafe)
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child > 0) return child;
  const int out = open(said.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  setpgid(0, 0);  // ^C is for the test
  if (other != nullptr &&
      (setgroups(0, nullptr) != 0 || setgid(other->pw_gid) != 0 || setuid(other->pw_uid) != 0))
    _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (getppid() != parent) _exit(125);
  execv(arguments[0], arguments.data());
  _exit(127);
}

bool listens(const std::string& path) {
  const int socket_of_test = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const bool there =
      connect(socket_of_test, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;  // NOLINT
  close(socket_of_test);
  return there;
}

std::string text_of(const std::string& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

PostgresServer::PostgresServer() {
  if (getuid() == 0) {
    const passwd* other = getpwnam("nobody");  // NOLINT(concurrency-mt-unsafe)
    if (other == nullptr || chown(dir_.path().c_str(), other->pw_uid, other->pw_gid) != 0)
      throw std::runtime_error("PostgreSQL needs a user that is not root, and there is no 'nobody'");
  }
  const std::string said = dir_.file("initdb.log");
  const pid_t child =
      spawn({folder_of_programs() + "/initdb", "--pgdata=" + dir_.file("data"), "--username=carillon",
             "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"},
            said);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("initdb failed: " + text_of(said));
  start();
}

PostgresServer::~PostgresServer() {
  if (process_ > 0) kill();
}

void PostgresServer::start() {
  const std::string log = dir_.file("server.log");
  process_ = spawn({folder_of_programs() + "/postgres", "-D", dir_.file("data"), "-k", dir_.path().string(),
                    "-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off", "-c",
                    "shared_buffers=16MB", "-c", "max_connections=40", "-c", "jit=off"},
                   log);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (text_of(log).find("ready to accept connections") == std::string::npos ||
         !listens(dir_.file(".s.PGSQL.5432"))) {
    int status = 0;
    if (waitpid(process_, &status, WNOHANG) == process_ || std::chrono::steady_clock::now() > until) {
      process_ = 0;
      throw std::runtime_error("PostgreSQL does not start: " + text_of(log));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void PostgresServer::kill() {
  ::kill(process_, SIGQUIT);
  waitpid(process_, nullptr, 0);
  process_ = 0;
  std::filesystem::remove(dir_.file("server.log"));
}

std::string PostgresServer::url(const std::string& database) const {
  return "postgresql://carillon@/" + database + "?host=" + dir_.path().string();
}

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

}  // namespace carillon::test
