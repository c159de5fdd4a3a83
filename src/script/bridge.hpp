// Between the io thread and the Python thread: requests one way, answers the other. Knows nothing of Python.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "script/script.hpp"

namespace carillon::script {

// What the Python thread is asked to do.
struct Request {
  enum class Kind { call, drop, load, answer, stop };
  Kind kind = Kind::call;
  // Of the request, for its answer; of the question, for Kind::answer.
  std::uint64_t number = 0;
  // Call, drop.
  std::uint64_t object = 0;
  // call: method; load: file.
  std::string text;
  // Call.
  std::string source;
  // Call.
  json::array args;
  // answer: what the data source said.
  Result<json::value> value = json::value();
};

using Loaded = std::function<void(Result<settings::Configuration>)>;

// Every function may be called on the thread that its section names. Answers are delivered on the io thread,
// all of a batch in one post; a request that is never answered is rejected by stop().
class Bridge : public std::enable_shared_from_this<Bridge> {
 public:
  // Throws std::system_error when there is no eventfd.
  explicit Bridge(asio::any_io_executor io);
  ~Bridge();
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  // The io thread.
  Task<json::value> call(std::uint64_t object, std::string method, json::array args, std::string master);
  // Any thread.
  void drop(std::uint64_t object);
  // Done is called on the Python thread, or on this one after stop().
  void load(std::string file, Loaded done);
  void set_data_source(DataSource source) { source_ = std::move(source); }
  void set_output(Output output);
  // Rejects all that is pending and wakes the Python thread with Kind::stop.
  void stop();

  // The Python thread.
  int wake_fd() const { return wake_fd_; }  // readable while there are requests
  // One request, so that what goes wrong with it harms no other; nullopt: there is none, and wake_fd is quiet
  // until there is. held: how long the thread was held up so far (functions.hpp).
  std::optional<Request> take(std::chrono::nanoseconds held);
  // It is taken again.
  void put_back(Request request);
  void finish(std::uint64_t number, Result<json::value> result);
  void finish_load(std::uint64_t number, Result<settings::Configuration> result);
  // Posts what was finished.
  void flush();
  // What the configuration prints.
  void say(const std::string& line);
  void ask(std::uint64_t question, std::string master, std::string path);

  // The watchdog.
  // Rejects a request.
  void give_up(std::uint64_t number, const std::string& why);
  // Rejects what was taken longer ago than `limit` and has no answer; time in which the thread was held up
  // counts for ten times the limit at most.
  void give_up_unanswered(std::chrono::nanoseconds held, std::chrono::nanoseconds limit,
                          const std::string& why);

 private:
  using Handler = std::function<void(Result<json::value>)>;
  struct Pending {
    // Of a call.
    Handler handler;
    // Of a load.
    Loaded loaded;
    // By Python.
    std::optional<std::chrono::steady_clock::time_point> taken;
    // At that time.
    std::chrono::nanoseconds held{0};
  };
  struct Finished {
    Handler handler;
    Result<json::value> result;
  };

  void send(Request request);
  void reject(const std::function<bool(std::uint64_t number, const Pending&)>& which, const std::string& why);
  std::uint64_t add(Pending pending);
  asio::awaitable<void> answer(std::uint64_t question, std::string master, std::string path);
  void post(std::vector<Finished> finished);

  asio::any_io_executor io_;
  DataSource source_;
  int wake_fd_ = -1;
  // Guards what follows.
  std::mutex mutex_;
  Output output_;
  bool stopped_ = false;
  std::uint64_t next_ = 1;
  std::deque<Request> requests_;
  std::map<std::uint64_t, Pending> pending_;
  // The Python thread's.
  std::vector<Finished> finished_;
};

}  // namespace carillon::script
