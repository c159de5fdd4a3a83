#include "fakes/s3_server.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "fakes/run.hpp"

namespace carillon::test {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    read = ends[0];
    write = ends[1];
  }
  int read = -1;
  int write = -1;
};

}  // namespace

S3Server::S3Server() {
  const Pipe said;
  const Pipe told;
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    setpgid(0, 0);  // ^C is for the test
    dup2(told.read, STDIN_FILENO);
    dup2(said.write, STDOUT_FILENO);
    setenv("PYTHONPATH", CARILLON_SOURCE_DIR "/test/support", 1);  // NOLINT(concurrency-mt-unsafe)
    execl("/usr/bin/python3", "python3", "-m", "carillon_test.s3_fake", nullptr);
    _exit(127);
  }
  process_ = child;
  out_ = said.read;
  in_ = told.write;
  close(said.write);
  close(told.read);
  char letter = 0;
  while (read(out_, &letter, 1) == 1 && letter != '\n')
    url_ += letter;
  if (!url_.starts_with("http://")) throw std::runtime_error("the stand-in for S3 does not start");
}

S3Server::~S3Server() {
  close(in_);
  close(out_);
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

S3Server& S3Server::shared() {
  static S3Server server;
  return server;
}

spool::s3::Place S3Server::place(const std::string& prefix) const {
  return {.url = url_ + "/logs/" + prefix,
          .region = "eu-central-1",
          .access_key = "AKIACARILLONEXAMPLE",
          .secret_key = Secret("s3cret/of+the=bucket/0123456789abcdefghij")};
}

json::object S3Server::tell(const json::object& wish) const {
  asio::io_context io;
  const auto client = http::make_client(io.get_executor());
  auto answer =
      run(io, client->request({.method = "POST", .url = url_ + "/control", .body = json::serialize(wish)}));
  return json::parse(answer.value().body).as_object();
}

}  // namespace carillon::test
