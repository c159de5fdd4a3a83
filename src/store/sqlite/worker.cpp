#include "store/sqlite/worker.hpp"

#include <pthread.h>
#include <sqlite3.h>

#include <boost/asio/post.hpp>
#include <chrono>

namespace carillon::store {
namespace {

// While much is going on, a transaction waits for company: each one writes the last pages of all tables anew.
// Whoever asks for one thing at a time never waits.
constexpr std::size_t busy_batch = 8;
constexpr std::size_t good_batch = 64;
constexpr std::chrono::microseconds gather_time{1500};

}  // namespace

Failure to_failure(const DatabaseError& error) {
  if (error.full_or_busy()) {
    return Failure{Failure::Kind::throttled, error.what(), std::chrono::seconds(5)};
  }
  return Failure{Failure::Kind::unreachable, error.what(), std::nullopt};
}

Worker::Worker(asio::any_io_executor io, std::unique_ptr<Database> database, Meter& meter)
    : io_(std::move(io)), database_(std::move(database)), meter_(meter), thread_([this] { loop(); }) {
  pthread_setname_np(thread_.native_handle(), "store");
}

Worker::~Worker() {
  stop();
}

void Worker::stop() {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  database_.reset();
}

void Worker::enqueue(std::unique_ptr<Job> job) {
  backlog_.fetch_add(1, std::memory_order_relaxed);
  bool wakes = false;
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
    wakes = queue_.size() == 1 || queue_.size() == good_batch;
  }
  if (wakes) wake_.notify_one();
}

void Worker::loop() {
  bool busy = false;
  while (true) {
    std::vector<std::unique_ptr<Job>> batch;
    {
      std::unique_lock lock(mutex_);
      if (busy)
        wake_.wait_for(lock, gather_time, [this] { return stopping_ || queue_.size() >= good_batch; });
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      batch.swap(queue_);
    }
    busy = batch.size() >= busy_batch;
    run_batch(batch);
    for (const auto& job : batch)  // the io thread has more to do than this one
      job->let_go();
    backlog_.fetch_sub(batch.size(), std::memory_order_relaxed);
    auto deliver = [jobs = std::move(batch)] {
      for (const auto& job : jobs)
        job->complete();
    };
    asio::post(io_, std::move(deliver));
  }
}

void Worker::begin() {
  try {
    database_->execute("BEGIN IMMEDIATE");
  } catch (const DatabaseError& error) {
    // What became of the file says more than what SQLite makes of it; who writes meanwhile harms nothing.
    if (error.code() != SQLITE_BUSY) database_->check_file();
    throw;
  }
  database_->check_file();
}

void Worker::run_batch(std::vector<std::unique_ptr<Job>>& batch) {
  try {
    const std::int64_t changes = database_->total_changes();
    begin();
    for (const auto& job : batch)
      job->run(*database_);
    commit(batch.size(), changes);
    return;
  } catch (const std::exception&) {  // broken stored JSON included: it must fail its own job only
    // An automatic rollback may have happened already; then this one has nothing to do.
    try {
      database_->execute("ROLLBACK");
    } catch (const DatabaseError&) {  // NOLINT(bugprone-empty-catch)
    }
  }
  for (const auto& job : batch)
    run_alone(*job);
}

void Worker::commit(std::size_t jobs, std::int64_t changes_before) {
  const auto begin = std::chrono::steady_clock::now();
  database_->execute("COMMIT");
  if (database_->total_changes() == changes_before) return;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  meter_.committed(jobs, took.count());
}

void Worker::run_alone(Job& job) {
  try {
    const std::int64_t changes = database_->total_changes();
    begin();
    job.run(*database_);
    commit(1, changes);
  } catch (const std::exception& error) {
    const auto* database_error = dynamic_cast<const DatabaseError*>(&error);
    job.fail(database_error != nullptr ? *database_error : DatabaseError(SQLITE_CORRUPT, error.what()));
    if (database_error != nullptr) meter_.failed(database_error->what());
    try {
      database_->execute("ROLLBACK");
    } catch (const DatabaseError&) {  // NOLINT(bugprone-empty-catch)
    }
  }
}

}  // namespace carillon::store
