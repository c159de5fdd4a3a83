// The store's thread: runs jobs against the database, many in one transaction (group commit).
#pragma once

#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/task.hpp"
#include "store/meter.hpp"
#include "store/sqlite/database.hpp"

namespace carillon::store {

// One piece of work. run() may be called again after its transaction was rolled back.
class Job {
 public:
  virtual ~Job() = default;
  // On the store's thread; throws DatabaseError.
  virtual void run(Database& database) = 0;
  // On the store's thread, instead of a result.
  virtual void fail(const DatabaseError& error) = 0;
  // On the store's thread, after the last run(): what only run() needs.
  virtual void let_go() = 0;
  // On the io_context thread, once, after that.
  virtual void complete() = 0;
};

// Jobs run in the order they were handed over. All jobs that are queued when the thread looks become one
// transaction; their results are delivered after its commit. When one of them fails, the transaction is
// rolled back and each of them is run again in a transaction of its own, so that a bad job harms no other.
// Each transaction looks first whether the file is still there (Database::check_file): if not, nothing is
// written, and all jobs fail.
class Worker {
 public:
  // The meter outlives the worker.
  Worker(asio::any_io_executor io, std::unique_ptr<Database> database, Meter& meter);
  // Finishes the queue.
  ~Worker();

  // Runs `work` and resumes with its result, durable. Called on the io_context thread.
  template <class T>
  Task<T> perform(std::function<T(Database&)> work);

  std::size_t backlog() const { return backlog_.load(std::memory_order_relaxed); }
  // Finishes the queue, closes the database.
  void stop();

 private:
  void enqueue(std::unique_ptr<Job> job);
  void loop();
  void begin();
  void run_batch(std::vector<std::unique_ptr<Job>>& batch);
  void run_alone(Job& job);
  void commit(std::size_t jobs, std::int64_t changes_before);

  asio::any_io_executor io_;
  std::unique_ptr<Database> database_;
  Meter& meter_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::unique_ptr<Job>> queue_;
  bool stopping_ = false;
  std::atomic<std::size_t> backlog_ = 0;
  std::thread thread_;
};

Failure to_failure(const DatabaseError& error);

namespace detail {

template <class T, class Handler>
class HandlerJob final : public Job {
 public:
  HandlerJob(std::function<T(Database&)> work, Handler handler, const asio::any_io_executor& io)
      : work_(std::move(work)), handler_(std::move(handler)), guard_(io) {}
  void run(Database& database) override {
    if constexpr (std::is_void_v<T>) {
      work_(database);
      result_ = Result<T>();
    } else {
      result_ = work_(database);
    }
  }
  void fail(const DatabaseError& error) override { result_ = failed(to_failure(error)); }
  void let_go() override { work_ = nullptr; }
  void complete() override { std::move(handler_)(std::move(result_)); }

 private:
  std::function<T(Database&)> work_;
  Handler handler_;
  asio::executor_work_guard<asio::any_io_executor> guard_;
  Result<T> result_;
};

}  // namespace detail

template <class T>
Task<T> Worker::perform(std::function<T(Database&)> work) {
  auto initiate = [this](auto handler, std::function<T(Database&)> the_work) {
    using Handler = decltype(handler);
    enqueue(std::make_unique<detail::HandlerJob<T, Handler>>(std::move(the_work), std::move(handler), io_));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<T>)>(
      initiate, asio::use_awaitable, std::move(work));
}

}  // namespace carillon::store
