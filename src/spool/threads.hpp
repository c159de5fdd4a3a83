// Threads that wait for a disk, or for a database server, so that nobody else does.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <utility>

#include "base/task.hpp"

namespace carillon::spool {

class Threads {
 public:
  // io: where whoever waits goes on.
  Threads(asio::any_io_executor io, std::size_t count) : io_(std::move(io)), pool_(count) {}

  // Runs the work on one of them and resumes on the executor with its result. This outlives it.
  template <class T>
  Task<T> perform(std::function<Result<T>()> work);
  // Likewise; nobody waits for it.
  void post(std::function<void()> work) { asio::post(pool_, std::move(work)); }

 private:
  asio::any_io_executor io_;
  asio::thread_pool pool_;
};

template <class T>
Task<T> Threads::perform(std::function<Result<T>()> work) {
  auto initiate = [this](auto handler, std::function<Result<T>()> the_work) {
    auto job = [guard = asio::make_work_guard(io_), io = io_, handler = std::move(handler),
                the_work = std::move(the_work)]() mutable {
      auto result = the_work();
      the_work = nullptr;
      asio::post(io, [handler = std::move(handler), result = std::move(result)]() mutable {
        std::move(handler)(std::move(result));
      });
    };
    asio::post(pool_, std::move(job));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<T>)>(
      initiate, asio::use_awaitable, std::move(work));
}

}  // namespace carillon::spool
