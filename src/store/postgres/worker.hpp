// The store's thread: many jobs in one transaction, over one connection that it makes again when it is lost.
#pragma once

#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/task.hpp"
#include "store/meter.hpp"
#include "store/postgres/jobs.hpp"
#include "store/postgres/session.hpp"
#include "store/postgres/writes.hpp"
#include "store/turns.hpp"

namespace carillon::store::postgres {

// Jobs run in the order they were handed over, but that among accept, settle and compose which follow one
// another those of one kind become one. All jobs that are queued when the thread looks become one
// transaction; their results are delivered after its commit. When one of them fails, the transaction is
// rolled back and each of them is run again in a transaction of its own, so that a bad job harms no other.
//
// Without a connection jobs fail at once (throttled: nothing was written), and each try makes one anew.
// What was under way when it was lost is run again, once. Where it was lost during a commit, the thread finds
// out by the transaction's mark whether it took effect, however long that takes: such a job is neither lost
// nor carried out twice.
class Worker {
 public:
  using Connect = std::function<std::unique_ptr<Connection>()>;
  using Jobs = std::vector<std::unique_ptr<Job>>;

  // first: a connection of connect()'s. connect: on the store's thread; where it throws Superseded, the
  // io_context ends with that exception. writer: a name in the table `writers`. The meter outlives the
  // worker.
  Worker(asio::any_io_executor io, std::unique_ptr<Connection> first, Connect connect, const char* writer,
         Meter& meter);
  // Finishes the queue.
  ~Worker();

  // Resumes with its result, durable. Called on the io_context thread.
  template <class T>
  Task<T> perform(std::unique_ptr<JobOf<T>> job);

  std::size_t backlog() const { return backlog_.load(std::memory_order_relaxed); }
  // Finishes the queue, says farewell over the connection, where there is one, and closes it.
  void stop(const std::function<void(Connection&)>& farewell = {});

 private:
  static std::vector<Job*> all_of(const Jobs& jobs);
  void enqueue(std::unique_ptr<Job> job);
  void loop();
  Jobs next(bool busy);
  void deliver(Jobs jobs);
  void run_beats();
  void run_batch(const std::vector<Job*>& jobs);
  void run_each(const std::vector<Job*>& jobs);
  // Carries them out in one transaction. nullopt: each has its result, or has failed. Else it was rolled back
  // for a reason that is one of theirs.
  std::optional<Failure> try_all(const std::vector<Job*>& jobs);
  Failure rolled_back(Failure why);
  void end_turns(const std::vector<Job*>& jobs);
  void transact(const std::vector<Job*>& jobs);
  void carry_out(const std::vector<Job*>& jobs);
  // Whether there is a connection now.
  bool reach();
  // Throws Superseded, or PgError.
  void refuse_lost_commits();
  // Whether the transaction took effect; nullopt: it was not found out until the store was closed.
  std::optional<bool> outcome_of(const CommitMark& mark);
  // The server is away.
  void fail_all(const std::vector<Job*>& jobs);
  void fail_queued();
  bool rest(std::chrono::milliseconds most);

  asio::any_io_executor io_;
  std::unique_ptr<Connection> connection_;
  Connect connect_;
  const char* writer_;
  Meter& meter_;
  Turns turns_;

  // Why there is no connection, and when it was tried last.
  std::string away_;
  std::optional<std::chrono::steady_clock::time_point> tried_;
  // For good: another server has begun.
  bool ended_ = false;
  // Of the transaction that is being committed.
  std::optional<CommitMark> committing_;
  // The writer's transactions that are known to be committed; nullopt: not read yet.
  std::optional<std::int64_t> commits_;
  // Why the last try was rolled back, where others had locked something.
  std::optional<Failure> locked_;

  std::mutex mutex_;
  std::condition_variable wake_;
  Jobs queue_;
  Jobs beats_;
  bool stopping_ = false;
  std::atomic<std::size_t> backlog_ = 0;
  std::thread thread_;
};

template <class T>
Task<T> Worker::perform(std::unique_ptr<JobOf<T>> job) {
  auto initiate = [this](auto handler, std::unique_ptr<JobOf<T>> the_job) {
    const auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    the_job->done = [shared, guard = asio::make_work_guard(io_)](Result<T> result) {
      std::move (*shared)(std::move(result));
    };
    enqueue(std::move(the_job));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<T>)>(
      initiate, asio::use_awaitable, std::move(job));
}

}  // namespace carillon::store::postgres
