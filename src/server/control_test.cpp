// The lock and the socket beside the database.
#include "server/control.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "base/secret.hpp"
#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"

namespace carillon::server {
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

TEST_F(ControlTest, TheLockIsOfTheFileWhateverItIsCalled) {
  const InstanceLock first(database_);
  std::filesystem::create_symlink(database_, dir_.file("symbolic.sqlite"));
  std::filesystem::create_directory(dir_.file("folder"));
  std::filesystem::create_hard_link(database_, dir_.file("folder/hard.sqlite"));
  const std::pair<const char*, std::string> names[] = {
      {"symbolic.sqlite", "process " + std::to_string(getpid())},
      {"folder/hard.sqlite", "under another name of that file"}};
  for (const auto& [name, holder] : names) {
    try {
      const InstanceLock second(dir_.file(name));
      FAIL() << "two at once: " << name;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find(holder), std::string::npos) << error.what();
    }
    EXPECT_FALSE(std::filesystem::exists(dir_.file(name) + ".lock")) << name;
  }
  EXPECT_TRUE(std::filesystem::exists(database_ + ".lock"));
}

// Another file has taken its place, and nobody has locked that one.
TEST_F(ControlTest, TheLockIsOfTheNameToo) {
  const InstanceLock first(database_);
  std::filesystem::remove(database_);
  EXPECT_THROW(InstanceLock{database_}, std::runtime_error);
  EXPECT_FALSE(std::filesystem::exists(database_)) << "what is put back finds nothing in its place";
}

TEST_F(ControlTest, WhoNamesTheDatabaseByALinkFindsTheServer) {
  std::ofstream(database_) << "";
  const std::string real = std::exchange(database_, dir_.file("link.sqlite"));
  std::filesystem::create_symlink(real, database_);
  Control control = listen(echo);
  EXPECT_TRUE(std::filesystem::exists(real + ".control"));
  EXPECT_TRUE(ask("x").contains("heard"));
  database_ = real;
  EXPECT_TRUE(ask("x").contains("heard"));
}

TEST_F(ControlTest, WhatItMakesIsPrivate) {
  const mode_t before = umask(0);
  {
    const InstanceLock lock(database_);
    Control control = listen(echo);
    for (const char* beside : {"", ".lock", ".control"}) {
      struct stat facts{};
      ASSERT_EQ(stat((database_ + beside).c_str(), &facts), 0) << beside;
      EXPECT_EQ(facts.st_mode & 0777U, 0600U) << beside;
    }
  }
  umask(before);
}

TEST_F(ControlTest, TheLockEndsWithItsHolder) {
  {
    const InstanceLock first(database_);
  }
  EXPECT_FALSE(std::filesystem::exists(database_ + ".lock"));
  EXPECT_TRUE(InstanceLock(database_).held());
}

}  // namespace
}  // namespace carillon::server
