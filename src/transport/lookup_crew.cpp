#include "transport/lookup_crew.hpp"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

namespace carillon::net {

void Crew::deliver(Job& job, Found found) {
  asio::post(job.executor,
             [done = std::move(job.done), found = std::move(found)]() mutable { done(std::move(found)); });
}

void Crew::ask(const asio::any_io_executor& executor, std::string name, bool slow, Done done) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  auto& queue = slow ? waiting_slow_ : waiting_;
  queue.push_back(std::make_shared<Job>(Job{executor, std::move(name), slow, std::move(done)}));
  if (busy_ >= size_.all) return;
  const Shared job = next();
  if (!job) return;
  try {
    std::thread(&Crew::work, shared_from_this(), job).detach();
  } catch (const std::system_error& error) {
    --busy_;
    if (job->slow) --slow_;
    Found none;
    none.error = std::string("cannot start a thread: ") + error.code().message();
    none.for_now = true;
    deliver(*job, std::move(none));
  }
}

void Crew::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  waiting_.clear();
  waiting_slow_.clear();
}

Crew::Shared Crew::next() {
  const bool from_slow = waiting_.empty();
  auto& queue = from_slow ? waiting_slow_ : waiting_;
  if (queue.empty() || (from_slow && slow_ >= size_.slow)) return nullptr;
  Shared job = std::move(queue.front());
  queue.pop_front();
  ++busy_;
  if (job->slow) ++slow_;
  return job;
}

Crew::Shared Crew::answer(const Shared& job, Found found) {
  const std::lock_guard lock(mutex_);
  --busy_;
  if (job->slow) --slow_;
  if (closed_) return nullptr;
  deliver(*job, std::move(found));
  return next();
}

void Crew::work(const std::shared_ptr<Crew>& crew, Shared job) {
  pthread_setname_np(pthread_self(), "lookup");
  while (job) {
    Found found;
    try {
      found = crew->ask_(job->name);
    } catch (const std::exception& error) {
      found.error = error.what();
      found.for_now = true;
    }
    job = crew->answer(job, std::move(found));
  }
}

}  // namespace carillon::net
