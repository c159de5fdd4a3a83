// Of the store's thread: the way to the server, and what is done while there is none.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>

#include "store/postgres/worker.hpp"
#include "store/postgres/writes.hpp"

namespace carillon::store::postgres {
namespace {

using std::chrono::milliseconds;

// Between two tries to connect. While the server is away, each look of the feed is one, too.
constexpr milliseconds between_tries{250};

}  // namespace

bool Worker::reach() {
  if (connection_ && commits_) return true;
  const auto now = std::chrono::steady_clock::now();
  if (ended_ || (tried_ && now - *tried_ < between_tries)) return false;
  try {
    if (!connection_) connection_ = connect_();
    refuse_lost_commits();
    tried_.reset();
    return true;
  } catch (const Superseded& error) {
    away_ = error.what();
    ended_ = true;
    connection_.reset();
    asio::post(io_, [why = away_] { throw Superseded(why); });
  } catch (const std::exception& error) {
    away_ = error.what();
    connection_.reset();
  }
  tried_ = std::chrono::steady_clock::now();
  return false;
}

// What is in memory, the numbers of rows above all, is of a state that is no more.
void Worker::refuse_lost_commits() {
  const std::int64_t there = commits_of(*connection_, writer_);
  if (!commits_) commits_ = there;
  if (there >= *commits_) return;
  throw Superseded(connection_->shown() + " has lost what was committed there last (" +
                   std::to_string(*commits_ - there) +
                   " transactions), as after a failover to a standby that did not have it");
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
    std::ranges::move(beats_, std::back_inserter(jobs));
    beats_.clear();
  }
  if (jobs.empty()) return;
  fail_all(all_of(jobs));
  deliver(std::move(jobs));
}

// False: the store is being closed.
bool Worker::rest(milliseconds most) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, most, [this] { return stopping_; });
}

}  // namespace carillon::store::postgres
