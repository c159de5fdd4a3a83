// Coroutines of the one io_context thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

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

}  // namespace carillon
