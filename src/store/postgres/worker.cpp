#include "store/postgres/worker.hpp"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <map>

#include "store/postgres/writes.hpp"

namespace carillon::store::postgres {
namespace {

// As the SQLite store's: while much is going on, a transaction waits for company.
constexpr std::size_t busy_batch = 8;
constexpr std::size_t good_batch = 64;
constexpr std::chrono::microseconds gather_time{1500};

// A connection may be lost as soon as it is made. Then the first job makes another one.
std::optional<std::int64_t> try_commits_of(Connection& db, const char* writer) {
  try {
    return commits_of(db, writer);
  } catch (const PgError& error) {
    if (error.kind() != PgError::Kind::lost) throw;
    return std::nullopt;
  }
}

}  // namespace

Worker::Worker(asio::any_io_executor io, std::unique_ptr<Connection> first, Connect connect,
               const char* writer, Meter& meter)
    : io_(std::move(io)),
      connection_(std::move(first)),
      connect_(std::move(connect)),
      writer_(writer),
      meter_(meter),
      commits_(try_commits_of(*connection_, writer)),
      thread_([this] { loop(); }) {
  pthread_setname_np(thread_.native_handle(), "store");
}

Worker::~Worker() {
  stop();
}

void Worker::stop(const std::function<void(Connection&)>& farewell) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  try {
    if (connection_ && farewell) farewell(*connection_);
  } catch (const PgError& error) {
    away_ = error.what();
  }
  connection_.reset();
}

void Worker::enqueue(std::unique_ptr<Job> job) {
  backlog_.fetch_add(1, std::memory_order_relaxed);
  bool wakes = false;
  {
    const std::lock_guard lock(mutex_);
    Jobs& queue = job->kind() == Job::Kind::beat ? beats_ : queue_;
    queue.push_back(std::move(job));
    wakes = queue.size() == 1 || queue.size() == good_batch;
  }
  if (wakes) wake_.notify_one();
}

std::vector<Job*> Worker::all_of(const Jobs& jobs) {
  std::vector<Job*> all;
  all.reserve(jobs.size());
  for (const auto& job : jobs)
    all.push_back(job.get());
  return all;
}

// Empty: it is the end.
Worker::Jobs Worker::next(bool busy) {
  Jobs batch;
  std::unique_lock lock(mutex_);
  if (busy) wake_.wait_for(lock, gather_time, [this] { return stopping_ || queue_.size() >= good_batch; });
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty() || !beats_.empty(); });
  batch.swap(beats_.empty() ? queue_ : beats_);
  return batch;
}

// Others may take over where none comes through.
void Worker::run_beats() {
  Jobs beats;
  {
    const std::lock_guard lock(mutex_);
    beats.swap(beats_);
  }
  if (beats.empty()) return;
  run_batch(all_of(beats));
  deliver(std::move(beats));
}

void Worker::loop() {
  bool busy = false;
  while (true) {
    Jobs batch = next(busy);
    if (batch.empty()) return;
    busy = batch.size() >= busy_batch;
    run_batch(all_of(batch));
    deliver(std::move(batch));
  }
}

void Worker::deliver(Jobs jobs) {
  for (const auto& job : jobs)  // the io thread has more to do than this one
    job->let_go();
  backlog_.fetch_sub(jobs.size(), std::memory_order_relaxed);
  auto complete = [done = std::make_shared<Jobs>(std::move(jobs))] {
    for (const auto& job : *done)
      job->complete();
  };
  asio::post(io_, std::move(complete));
}

void Worker::run_batch(const std::vector<Job*>& jobs) {
  const auto bad = try_all(jobs);
  if (!bad) return;
  if (jobs.size() > 1) {
    run_each(jobs);
    return;
  }
  Job& job = *jobs.front();
  job.fail(*bad);
  meter_.failed(bad->what);
  // What cannot be stored at all holds up nobody behind it.
  const auto* compose = dynamic_cast<const ComposeJob*>(&job);
  if (compose != nullptr && bad->kind != Failure::Kind::throttled)
    turns_.over(compose->notification, compose->notification.id);
}

// Where others have locked something, one of a kind waits for it, and those like it do not wait, too.
void Worker::run_each(const std::vector<Job*>& jobs) {
  std::map<Job::Kind, Failure> locked;
  for (Job* job : jobs) {
    run_beats();
    if (const auto known = locked.find(job->kind()); known != locked.end()) {
      job->fail(known->second);
      continue;
    }
    run_batch({job});
    if (locked_) locked.emplace(job->kind(), *locked_);
  }
}

std::optional<Failure> Worker::try_all(const std::vector<Job*>& jobs) {
  locked_.reset();
  for (int tries = 0; tries < 2 && reach(); ++tries) {
    try {
      transact(jobs);
      end_turns(jobs);
      return std::nullopt;
    } catch (const PgError& error) {
      if (error.code() == locked_code) locked_ = to_failure(error);
      if (error.kind() != PgError::Kind::lost) return rolled_back(to_failure(error));
      away_ = error.what();
    } catch (const std::exception& error) {  // broken stored JSON
      return rolled_back({Failure::Kind::unreachable, error.what(), std::nullopt});
    }
    connection_.reset();
    if (!committing_) continue;
    const CommitMark mark = *std::exchange(committing_, std::nullopt);
    const auto outcome = outcome_of(mark);
    if (outcome && *outcome) {
      commits_ = mark.commits;
      end_turns(jobs);
      return std::nullopt;
    }
    if (!outcome) break;
  }
  fail_all(jobs);
  return std::nullopt;
}

Failure Worker::rolled_back(Failure why) {
  committing_.reset();
  try {
    connection_->rollback();
  } catch (const PgError& error) {
    away_ = error.what();
    connection_.reset();
  }
  return why;
}

void Worker::end_turns(const std::vector<Job*>& jobs) {
  for (const Job* job : jobs) {
    const auto* compose = dynamic_cast<const ComposeJob*>(job);
    if (compose != nullptr && !compose->failed())
      turns_.over(compose->notification, compose->notification.id);
  }
}

void Worker::transact(const std::vector<Job*>& jobs) {
  for (Job* job : jobs)
    job->begin_anew();
  if (std::ranges::all_of(jobs, [](const Job* job) { return job->kind() == Job::Kind::load; })) {
    carry_out(jobs);  // one statement: no transaction is needed
    return;
  }
  connection_->begin();
  carry_out(jobs);
  const auto begin = std::chrono::steady_clock::now();
  if (std::ranges::none_of(jobs, &Job::writes)) {
    connection_->commit();
    return;
  }
  committing_ = note_commit(*connection_, writer_);
  connection_->commit();
  commits_ = std::exchange(committing_, std::nullopt)->commits;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  meter_.committed(jobs.size(), took.count());
}

void Worker::carry_out(const std::vector<Job*>& jobs) {
  for (auto at = jobs.begin(); at != jobs.end();) {
    if (!(*at)->is_hot()) {
      (*at++)->run(*connection_);
      continue;
    }
    HotJobs hot;
    for (; at != jobs.end() && (*at)->is_hot(); ++at)
      hot.add(**at);
    hot.run(*connection_, turns_);
  }
}

}  // namespace carillon::store::postgres
