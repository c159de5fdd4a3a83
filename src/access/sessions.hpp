// Who has logged in with a browser: kept over restarts, by a hash of what the browser shows.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/task.hpp"
#include "store/key_value.hpp"

namespace carillon::access {

struct Session {
  std::string user;
  std::vector<std::string> groups;
  // By which way of logging in: one of another way counts no longer.
  std::string by;
  // Of the account as it was: when that changes the session counts no longer.
  std::string mark;
  Millis begun = 0;
  Millis seen = 0;
};

// To be used on the io_context thread. What is outlived is 12 hours without a request, or 30 days.
class Sessions {
 public:
  static constexpr Millis idle = Millis{12} * 3600 * 1000;
  static constexpr Millis longest = Millis{30} * 24 * 3600 * 1000;
  // In all, and of one user; beyond that the one that was seen longest ago ends.
  static constexpr std::size_t most = 10'000;
  static constexpr std::size_t most_of_user = 50;

  // memory: null as long as there is no store. The references outlive it, and so does the executor.
  Sessions(asio::any_io_executor io, std::function<store::KeyValue*()> memory, const Clock& clock,
           const Log& log)
      : io_(std::move(io)), memory_(std::move(memory)), clock_(clock), log_(log) {}

  // Reads what earlier processes kept; once. Where that fails, they are not known (it is logged).
  asio::awaitable<void> load();
  bool loaded() const { return loaded_; }

  // Whose the session is; null: it is none, or is outlived. From then on it lasts its 12 hours again. Valid
  // until the next call.
  const Session* find(std::string_view id);

  // The same, and it lasts no longer for it.
  const Session* peek(std::string_view id) const;

  // A new one; yields what the browser shows, 256 bits that nobody can guess. Where it cannot be kept it
  // lasts as long as this process (it is logged).
  asio::awaitable<std::string> begin(Session session);
  asio::awaitable<void> end(std::string_view id);
  // All that are as it says.
  asio::awaitable<void> end_where(std::function<bool(const Session&)> is);

  std::size_t size() const { return sessions_.size(); }
  // Tries once more to forget in the store what ended while it could not be written to.
  asio::awaitable<void> forget_again();

 private:
  struct Entry {
    Session session;
    // When it was written last.
    Millis saved = 0;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  asio::awaitable<void> save(std::string digest, Session session);
  asio::awaitable<void> forget(std::string digest);
  asio::awaitable<void> make_room(const std::string& user);
  bool outlived(const Session& session) const;

  asio::any_io_executor io_;
  std::function<store::KeyValue*()> memory_;
  const Clock& clock_;
  const Log& log_;
  // By the SHA-256 of what the browser shows, in hexadecimal.
  Entries sessions_;
  // Digests that could not be forgotten in the store.
  std::set<std::string> unforgotten_;
  bool loaded_ = false;
};

}  // namespace carillon::access
