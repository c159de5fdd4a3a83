// One connection: its prepared statements, and the pipeline in which they go to the server.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "store/postgres/error.hpp"
#include "store/postgres/parameters.hpp"
#include "store/postgres/place.hpp"

struct pg_conn;
struct pg_result;

namespace carillon::store::postgres {

// One row of an answer, as long as the answer lives. Columns are numbered from 0.
class Row {
 public:
  Row(const pg_result* result, int row) : result_(result), row_(row) {}
  // Of any type of integers, and of booleans (0 and 1); 0 for NULL.
  std::int64_t integer(int column) const;
  // "" for NULL.
  std::string text(int column) const;
  std::string_view view(int column) const;
  bool null(int column) const;

 private:
  const pg_result* result_;
  int row_;
};

class Rows {
 public:
  explicit Rows(pg_result* result);
  int size() const;
  bool empty() const { return size() == 0; }
  Row operator[](int row) const { return {result_.get(), row}; }
  Row front() const { return (*this)[0]; }
  // Rows that an INSERT, UPDATE or DELETE changed.
  std::size_t changed() const;
  // What was done: "COMMIT".
  std::string_view command() const;
  const pg_result* raw() const { return result_.get(); }

  class Iterator {
   public:
    Iterator(const pg_result* result, int row) : result_(result), row_(row) {}
    Row operator*() const { return {result_, row_}; }
    Iterator& operator++() {
      ++row_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return row_ != other.row_; }

   private:
    const pg_result* result_;
    int row_;
  };
  Iterator begin() const { return {result_.get(), 0}; }
  Iterator end() const { return {result_.get(), size()}; }

 private:
  std::shared_ptr<pg_result> result_;
};

// What is small is answered within that time, or by nobody.
inline constexpr std::chrono::milliseconds longest_greeting{15000};

// Blocking; one thread at a time. All functions throw PgError; after one of the kind `lost` it is of no use
// any more.
class Connection {
 public:
  // Connects, and refuses a server that is too old, that keeps no UTF-8, or that can only be read. One that
  // says nothing for longest_greeting is lost, until limit_silence() or limit_time() says something else. The
  // session takes indexes (a plan that was made while the tables were empty would read all of them for ever),
  // makes commits durable, and gives its locks up when this process stops in the middle of a transaction.
  explicit Connection(const Place& place);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // sql: a literal, which is prepared once: its address is the key. Names of states in braces stand for their
  // numbers (store/states.hpp). It goes to the server with the next query(); what goes wrong with it, that
  // query throws.
  void send(const char* sql, const Parameters& parameters = {});
  // Its rows. One round trip for it and all that was sent before it.
  Rows query(const char* sql, const Parameters& parameters = {});
  // Any number of statements, not prepared.
  void run(const std::string& sql);

  void begin() { send("BEGIN"); }
  // Throws also where the server has rolled it back. After a `lost` of it nobody knows what became of it.
  void commit();
  // Whatever happened before; nothing that was sent counts.
  void rollback();

  // From now on a statement that takes longer is given up; 0: none is. A server that is still silent a while
  // after that is lost.
  void limit_time(std::chrono::milliseconds most);
  // From now on a server that was asked and says nothing for so long is lost: not every way to it that is
  // broken ends. 0: it may take its time.
  void limit_silence(std::chrono::milliseconds most) { most_silence_ = most; }
  // From now on a statement does not wait longer for what others have locked.
  void limit_waits(std::chrono::milliseconds most);
  // Until the question ends, none begins later than that time after now.
  void begin_question();
  void end_question() { deadline_.reset(); }

  // For people.
  const std::string& shown() const { return shown_; }
  // Of the server's process.
  int process() const;

 private:
  // What the server will answer, in order.
  struct Awaited {
    // That is prepared; null: one that is carried out.
    const char* preparing = nullptr;
  };

  void configure();
  [[noreturn]] void fail_to_connect();
  [[noreturn]] void fail(const pg_result* result);
  void check_sent(int sent);
  // The next result of what was sent; null: there are no more.
  Rows next_result();
  Rows receive();

  std::string shown_;
  std::chrono::milliseconds most_time_{0};
  std::chrono::milliseconds most_silence_ = longest_greeting;
  // It was silent for too long, and may say things later that nobody awaits any more.
  bool given_up_ = false;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  std::unique_ptr<pg_conn, void (*)(pg_conn*)> connection_;
  // Names of what is prepared.
  std::unordered_map<const char*, std::string> prepared_;
  std::size_t names_ = 0;
  std::deque<Awaited> awaited_;
};

// For one change by a person; rolled back unless it is committed.
class Transaction {
 public:
  explicit Transaction(Connection& db) : db_(db) { db_.begin(); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Connection& db_;
  bool done_ = false;
};

}  // namespace carillon::store::postgres
