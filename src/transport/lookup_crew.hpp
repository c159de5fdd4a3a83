// The threads on which names are looked up. Internal to lookups.cpp.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace carillon::net {

namespace asio = boost::asio;

// What came of a lookup.
struct Found {
  std::vector<asio::ip::address> addresses;
  // empty: there are addresses.
  std::string error;
  // The error: the name may exist.
  bool for_now = false;
};
using Ask = std::function<Found(const std::string& name)>;

// The system's lookup blocks, and cannot be broken off. So each has a thread while it lasts, up to a number;
// nobody waits for those threads, not even the end of the process. Names that were slow before get some of
// them only: the others are left to names that work.
class Crew : public std::enable_shared_from_this<Crew> {
 public:
  struct Size {
    int all = 64;
    int slow = 48;
  };
  using Done = std::function<void(Found)>;

  Crew(Size size, Ask ask) : size_(size), ask_(std::move(ask)) {}

  // done is called on the executor, unless the crew is closed before.
  void ask(const asio::any_io_executor& executor, std::string name, bool slow, Done done);

  // Nothing of what was asked is answered any more. The executors may go afterwards.
  void close();

 private:
  struct Job {
    asio::any_io_executor executor;
    std::string name;
    bool slow = false;
    Done done;
  };
  using Shared = std::shared_ptr<Job>;  // of the crew, whose lock guards it

  static void work(const std::shared_ptr<Crew>& crew, Shared job);
  // Under the lock; null: nothing that may begin.
  Shared next();
  // And the next one.
  Shared answer(const Shared& job, Found found);
  static void deliver(Job& job, Found found);

  const Size size_;
  const Ask ask_;
  std::mutex mutex_;
  bool closed_ = false;
  // Threads.
  int busy_ = 0;
  // Of them, with slow names.
  int slow_ = 0;
  std::deque<Shared> waiting_;
  std::deque<Shared> waiting_slow_;
};

}  // namespace carillon::net
