// Accounts of a file, and whether a password is theirs.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/htpasswd.hpp"
#include "base/log.hpp"
#include "base/task.hpp"

namespace carillon::access {

// To be used on the io_context thread; the file is read, and passwords are looked at, on the threads of the
// pool. While the file cannot be read nobody has an account.
class Passwords : public std::enable_shared_from_this<Passwords> {
 public:
  // So often it is looked whether the file has changed; besides it is looked before each password.
  static constexpr std::chrono::seconds look_every{2};
  // Passwords that wait for a thread; beyond that they are refused.
  static constexpr int most_waiting = 16;

  // Reads the file at once; what is wrong with it is logged. workers: as many threads as passwords may be
  // looked at at a time. The references outlive it.
  static std::shared_ptr<Passwords> open(const std::string& file, asio::thread_pool& workers, const Log& log);
  // What is wrong with the file, each with its place; empty: it is well. Reads it at once.
  static std::vector<std::string> complaints_of(const std::string& file);

  // Goes on looking whether the file has changed, until it is destroyed.
  void watch(const asio::any_io_executor& io);

  // What stands for the account as it is; "": there is none. It changes with the password.
  std::string mark_of(std::string_view user) const;

  enum class Answer { right, wrong, busy };
  // Takes as long for a user that there is not.
  asio::awaitable<Answer> check(std::string user, std::string password);

  const std::string& file() const { return file_; }

 private:
  // By which a change is seen.
  struct Stamp {
    std::int64_t changed = 0;
    std::int64_t size = -1;
    std::uint64_t inode = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  struct Read {
    Stamp stamp;
    Accounts accounts;
    // Empty: it was read.
    std::string trouble;
  };

  Passwords(std::string file, asio::thread_pool& workers, const Log& log);
  static Stamp stamp_of(const std::string& file);
  static Read read(const std::string& file);
  asio::awaitable<void> look();
  void take(Read read);
  std::string stand_in(std::string_view user) const;

  std::string file_;
  asio::thread_pool& workers_;
  const Log& log_;
  Stamp stamp_;
  Accounts accounts_;
  int waiting_ = 0;
  // Of marks and stand-ins: nobody outside knows which account stands in for a user that there is not.
  std::string key_;
};

}  // namespace carillon::access
