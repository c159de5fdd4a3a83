#include "store/postgres/worker.hpp"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>

#include "store/postgres/writes.hpp"

namespace carillon::store::postgres {
namespace {

using std::chrono::milliseconds;

// As the SQLite store's: while much is going on, a transaction waits for company.
constexpr std::size_t busy_batch = 8;
constexpr std::size_t good_batch = 64;
constexpr std::chrono::microseconds gather_time{1500};
// Between two tries to connect. While the server is away, each look of the feed is one, too.
constexpr milliseconds between_tries{250};

bool is_hot(const Job& job) {
  return job.kind() != Job::Kind::read && job.kind() != Job::Kind::write;
}

}  // namespace

Worker::Worker(asio::any_io_executor io, std::unique_ptr<Connection> first, Connect connect,
               const char* writer, Meter& meter)
    : io_(std::move(io)),
      connection_(std::move(first)),
      connect_(std::move(connect)),
      writer_(writer),
      meter_(meter),
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
    queue_.push_back(std::move(job));
    wakes = queue_.size() == 1 || queue_.size() == good_batch;
  }
  if (wakes) wake_.notify_one();
}

// Empty: it is the end.
Worker::Jobs Worker::next(bool busy) {
  Jobs batch;
  std::unique_lock lock(mutex_);
  if (busy) wake_.wait_for(lock, gather_time, [this] { return stopping_ || queue_.size() >= good_batch; });
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  batch.swap(queue_);
  return batch;
}

void Worker::loop() {
  bool busy = false;
  while (true) {
    Jobs batch = next(busy);
    if (batch.empty()) return;
    busy = batch.size() >= busy_batch;
    std::vector<Job*> jobs;
    jobs.reserve(batch.size());
    for (const auto& job : batch)
      jobs.push_back(job.get());
    run_batch(jobs);
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
    for (Job* job : jobs)
      run_batch({job});
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

std::optional<Failure> Worker::try_all(const std::vector<Job*>& jobs) {
  for (int tries = 0; tries < 2 && reach(); ++tries) {
    try {
      transact(jobs);
      end_turns(jobs);
      return std::nullopt;
    } catch (const PgError& error) {
      if (error.kind() != PgError::Kind::lost) return rolled_back(to_failure(error));
      away_ = error.what();
    } catch (const std::exception& error) {  // broken stored JSON
      return rolled_back({Failure::Kind::unreachable, error.what(), std::nullopt});
    }
    connection_.reset();
    if (!committing_) continue;
    const auto outcome = outcome_of(*std::exchange(committing_, std::nullopt));
    if (outcome && *outcome) {
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
  committing_.reset();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  meter_.committed(jobs.size(), took.count());
}

void Worker::carry_out(const std::vector<Job*>& jobs) {
  for (auto at = jobs.begin(); at != jobs.end();) {
    if (!is_hot(**at)) {
      (*at++)->run(*connection_);
      continue;
    }
    HotJobs hot;
    for (; at != jobs.end() && is_hot(**at); ++at)
      hot.add(**at);
    hot.run(*connection_, turns_);
  }
}

bool Worker::reach() {
  if (connection_) return true;
  const auto now = std::chrono::steady_clock::now();
  if (ended_ || (tried_ && now - *tried_ < between_tries)) return false;
  try {
    connection_ = connect_();
    tried_.reset();
    return true;
  } catch (const Superseded& error) {
    away_ = error.what();
    ended_ = true;
    asio::post(io_, [why = away_] { throw Superseded(why); });
  } catch (const std::exception& error) {
    away_ = error.what();
  }
  tried_ = std::chrono::steady_clock::now();
  return false;
}

std::optional<bool> Worker::outcome_of(const CommitMark& mark) {
  do {
    if (!reach()) {
      fail_queued();
      continue;
    }
    try {
      if (const auto outcome = took_effect(*connection_, mark)) return outcome;
    } catch (const PgError& error) {
      away_ = error.what();
      connection_.reset();
    }
  } while (rest(between_tries));
  return std::nullopt;
}

void Worker::fail_all(const std::vector<Job*>& jobs) {
  for (Job* job : jobs)
    job->fail({Failure::Kind::throttled, away_, std::chrono::seconds(2)});
  meter_.failed(away_);
}

void Worker::fail_queued() {
  Jobs jobs;
  {
    const std::lock_guard lock(mutex_);
    jobs.swap(queue_);
  }
  if (jobs.empty()) return;
  std::vector<Job*> all;
  for (const auto& job : jobs)
    all.push_back(job.get());
  fail_all(all);
  deliver(std::move(jobs));
}

// False: the store is being closed.
bool Worker::rest(milliseconds most) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, most, [this] { return stopping_; });
}

}  // namespace carillon::store::postgres
