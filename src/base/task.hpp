// Coroutines of the one io_context thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <exception>

#include "base/result.hpp"

namespace carillon {

namespace asio = boost::asio;

// An asynchronous operation that ends in a value or a Failure. It runs on the executor that co_awaits it;
// everything in Carillon that is awaited resumes on the io_context thread. Cancellation (asio's) arrives as
// boost::system::system_error and is only caught where a component is being shut down.
template <class T>
using Task = asio::awaitable<Result<T>>;

// Suspends for the duration. Resumes early only by cancellation.
asio::awaitable<void> sleep_for(std::chrono::milliseconds duration);

// For co_spawn(), of what nobody waits for: an exception that leaves the coroutine leaves io_context::run(),
// so that the process ends loudly instead of going on without it. Cancellation is no such exception.
struct OrEnd {
  template <class... Value>
  void operator()(const std::exception_ptr& thrown, const Value&...) const {
    end_by(thrown);
  }
  static void end_by(const std::exception_ptr& thrown);
};
inline constexpr OrEnd or_end;

}  // namespace carillon
