#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "fakes/temp_dir.hpp"
#include "settings/error.hpp"
#include "source/buildbot/buildbot_fixture.hpp"
#include "source/buildbot/local_process.hpp"

namespace carillon::source::buildbot {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using What = Commands::Shutdown;

settings::Value words(std::vector<std::string> items) {
  settings::List list;
  for (auto& item : items)
    list.push_back(text(std::move(item)));
  settings::Value made;
  made.v = std::move(list);
  return made;
}

// A program that runs in a directory and says which signals it gets.
class Program {
 public:
  Program(const std::filesystem::path& directory, const std::string& name, const std::string& traps) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    const auto script = traps + "echo ready; while :; do sleep 0.05; done";
    id_ = ::fork();
    if (id_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(ends[1], STDOUT_FILENO);
      if (::chdir(directory.c_str()) == 0) {
        ::execl("/bin/sh", name.c_str(), "-c", script.c_str(), static_cast<char*>(nullptr));
      }
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ends[0];
    EXPECT_EQ(line(), "ready");
  }
  ~Program() {
    ::close(output_);
    end();
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  int id() const { return id_; }
  std::string line() const {
    std::string text;
    for (char c = 0; ::read(output_, &c, 1) == 1 && c != '\n';)
      text += c;
    return text;
  }
  void end() {
    if (id_ <= 0) return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
    id_ = 0;
  }

 private:
  pid_t id_ = 0;
  int output_ = -1;
};

const std::string both_traps = "trap 'echo USR1' USR1; trap 'echo TERM' TERM; ";

class Shutdown : public BuildbotMaster {
 protected:
  void configure(std::vector<std::pair<std::string, settings::Value>> more) {
    master_ = make(arguments("http://ci.example.org/", std::move(more)), environment_);
  }
  Result<std::string> shutdown(What what) { return await(master_->shut_down(what)); }
  void refuse(What what, const std::string& why) {
    const auto done = shutdown(what);
    ASSERT_FALSE(done) << *done;
    EXPECT_EQ(done.error().kind, Failure::Kind::rejected);
    EXPECT_THAT(done.error().what, HasSubstr(why));
  }
  void write_pid(const std::string& content) { std::ofstream(directory_.file("twistd.pid")) << content; }

  test::TempDir directory_;
};

TEST_F(Shutdown, IsNotThereWhereItIsNotConfigured) {
  configure({});
  for (const auto what : {What::check, What::start, What::stop, What::now}) {
    const auto done = shutdown(what);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, Failure::Kind::rejected);
    EXPECT_THAT(done.error().what,
                AllOf(HasSubstr("shutdown_command"), HasSubstr("basedir"), HasSubstr("master.cfg:3")));
  }
}

TEST_F(Shutdown, RunsTheCommandWithTheWordAppended) {
  configure({{"shutdown_command", words({"ssh", "ci", "a b"})}, {"basedir", text(directory_.path())}});
  runner_.end(0, "\n  \nrunning since Monday\nmore\n");
  EXPECT_EQ(*shutdown(What::check), "running since Monday");
  EXPECT_THAT(runner_.runs.back(), ElementsAre("ssh", "ci", "a b", "check"));
  EXPECT_EQ(runner_.limits.back().time, 60s);
  EXPECT_EQ(*shutdown(What::start), "ci shuts down when its running builds have ended.");
  EXPECT_EQ(runner_.runs.back().back(), "start");
  EXPECT_EQ(*shutdown(What::stop), "The shutdown of ci is called off.");
  EXPECT_EQ(runner_.runs.back().back(), "stop");
  EXPECT_EQ(*shutdown(What::now), "ci shuts down now.");
  EXPECT_EQ(runner_.runs.back().back(), "now");
  configure({{"shutdown_command", text("/usr/local/bin/stop ci")}});
  EXPECT_EQ(*shutdown(What::check), "The command for ci found nothing to complain about.");
  EXPECT_THAT(runner_.runs.back(), ElementsAre("/usr/local/bin/stop ci", "check"));
}

TEST_F(Shutdown, TellsWhatIsWrongWithTheCommand) {
  configure({{"shutdown_command", words({"ssh"})}});
  runner_.end(3, "some output", "not allowed\n");
  refuse(What::start, "shutdown_command: exit code 3: not allowed");
  runner_.ends.emplace_back(unreachable("cannot start 'ssh': No such file or directory"));
  const auto done = shutdown(What::start);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(done.error().what, "shutdown_command: cannot start 'ssh': No such file or directory");
}

TEST_F(Shutdown, SignalsTheMasterOfTheDirectory) {
  Program master(directory_.path(), "twistd", both_traps);
  write_pid(std::to_string(master.id()) + "\n");
  configure({{"basedir", text(directory_.path())}});
  EXPECT_EQ(*shutdown(What::check), "ci is running.");
  EXPECT_EQ(*shutdown(What::start), "ci shuts down when its running builds have ended.");
  EXPECT_EQ(master.line(), "USR1");
  EXPECT_EQ(*shutdown(What::check), "ci is being shut down; it waits for its running builds.");
  EXPECT_EQ(*shutdown(What::now), "ci shuts down now.");
  EXPECT_EQ(master.line(), "TERM");
  EXPECT_EQ(*shutdown(What::check), "ci is being shut down.");
  refuse(What::stop, "shutdown_command");
  master.end();
  EXPECT_EQ(*shutdown(What::check), "ci is not running.");
  refuse(What::start, "ci is not running");
  // Another one is not the one that was asked.
  const Program next(directory_.path(), "buildbot", both_traps);
  write_pid(std::to_string(next.id()));
  EXPECT_EQ(*shutdown(What::check), "ci is running.");
}

TEST_F(Shutdown, LeavesOtherProcessesAlone) {
  configure({{"basedir", text(directory_.path())}});
  EXPECT_EQ(*shutdown(What::check), "ci is not running.");
  const Program other(directory_.path(), "editor", both_traps);
  write_pid(std::to_string(other.id()));
  EXPECT_EQ(*shutdown(What::check), "ci is not running.");
  refuse(What::now, "ci is not running");
  const test::TempDir elsewhere;
  const Program another_master(elsewhere.path(), "twistd", both_traps);
  write_pid(std::to_string(another_master.id()));
  EXPECT_EQ(*shutdown(What::check), "ci is not running.");
  refuse(What::start, "ci is not running");
  const Program starting(directory_.path(), "twistd", "trap 'echo TERM' TERM; ");
  write_pid(std::to_string(starting.id()));
  EXPECT_EQ(*shutdown(What::check), "ci is running.");
  refuse(What::start, "does not listen for the signal");
}

TEST_F(Shutdown, SaysWhatIsWrongWithTheDirectory) {
  configure({{"basedir", text(directory_.file("none"))}});
  refuse(What::check, "No such file or directory");
  configure({{"basedir", text(directory_.path())}});
  for (const auto* content : {"", "x", "12 x", "-1", "0", "99999999999999"}) {
    write_pid(content);
    refuse(What::check, "twistd.pid holds no process number");
  }
}

TEST_F(Shutdown, RefusesBadArguments) {
  settings::Value number;
  number.v = settings::List{text("ssh"), settings::Value{std::int64_t{5}}};
  for (const auto& bad : {words({}), words({""}), text(""), number, words({"ssh", std::string("a\0b", 3)})}) {
    EXPECT_THROW(configure({{"shutdown_command", bad}}), settings::ConfigError);
  }
  for (const auto& bad : {text(""), text("master"), text(std::string("/a\0b", 4))}) {
    EXPECT_THROW(configure({{"basedir", bad}}), settings::ConfigError);
  }
}

}  // namespace
}  // namespace carillon::source::buildbot
