// The lock and the socket beside the database.
#include "app/control.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/secret.hpp"
#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"

namespace carillon::app {
namespace {

class ControlTest : public testing::Test {
 protected:
  Control listen(Control::Handler handler) {
    return {io_.get_executor(), database_, std::move(handler), log_};
  }
  // Asks on another thread, as the command line is another process. The error stands under "thrown".
  json::object ask(const char* what) {
    json::object answer;
    std::atomic<bool> done = false;
    std::thread client([&] {
      json::object request;
      request["do"] = what;
      try {
        auto got = ask_server(database_, request);
        answer = got ? std::move(*got) : json::object{{"nobody", true}};
      } catch (const std::exception& error) {
        answer["thrown"] = error.what();
      }
      done = true;
    });
    EXPECT_TRUE(test::run_until(io_, [&] { return done.load(); }));
    client.join();
    return answer;
  }
  static asio::awaitable<json::object> echo(json::object request) {
    co_await sleep_for(std::chrono::milliseconds(5));
    request["heard"] = true;
    co_return request;
  }

  test::TempDir dir_;
  std::string database_ = dir_.file("c.sqlite");
  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  asio::io_context io_;
};

TEST_F(ControlTest, AsksAndIsAnswered) {
  EXPECT_TRUE(ask("reload").contains("nobody"));
  EXPECT_FALSE(server_runs(database_));
  {
    Control control = listen(echo);
    EXPECT_EQ(ask("reload"), (json::object{{"do", "reload"}, {"heard", true}}));
    EXPECT_TRUE(server_runs(database_));
    struct stat facts{};
    ASSERT_EQ(stat((database_ + ".control").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  }
  EXPECT_FALSE(std::filesystem::exists(database_ + ".control"));
}

TEST_F(ControlTest, AHandlerThatThrowsIsAnsweredAllTheSame) {
  Control control = listen([](json::object) -> asio::awaitable<json::object> {
    throw std::runtime_error("bug");
    co_return json::object();
  });
  EXPECT_EQ(ask("x"), (json::object{{"error", "bug"}}));
}

TEST_F(ControlTest, TakesThePlaceOfOneThatWasLeftBehind) {
  std::ofstream(database_ + ".control") << "left behind";
  Control control = listen(echo);
  EXPECT_TRUE(ask("x").contains("heard"));
}

TEST_F(ControlTest, APathThatIsTooLongForASocket) {
  const std::string folder = dir_.file(std::string(150, 'f'));
  std::filesystem::create_directory(folder);
  database_ = folder + "/c.sqlite";
  Control control = listen(echo);
  EXPECT_TRUE(ask("x").contains("heard"));
}

TEST_F(ControlTest, OneServerForEachDatabase) {
  const InstanceLock first(database_);
  EXPECT_TRUE(first.held());
  try {
    const InstanceLock second(database_);
    FAIL() << "two at once";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("process " + std::to_string(getpid())), std::string::npos);
  }
  EXPECT_TRUE(InstanceLock(dir_.file("other.sqlite")).held());
  EXPECT_FALSE(InstanceLock(dir_.file("no/such/folder.sqlite")).held());
}

TEST_F(ControlTest, TheLockEndsWithItsHolder) {
  {
    const InstanceLock first(database_);
  }
  EXPECT_FALSE(std::filesystem::exists(database_ + ".lock"));
  EXPECT_TRUE(InstanceLock(database_).held());
}

}  // namespace
}  // namespace carillon::app
