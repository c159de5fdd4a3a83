// One asynchronous task of a command that is otherwise not asynchronous.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "base/task.hpp"

namespace carillon::cli {

// Runs it to its end, with all else that `io` has to do. What it throws is thrown here.
template <class T>
Result<T> run_task(asio::io_context& io, Task<T> task) {
  std::optional<Result<T>> result;
  asio::co_spawn(io, std::move(task), [&result](const std::exception_ptr& thrown, Result<T> value) {
    if (thrown) std::rethrow_exception(thrown);
    result = std::move(value);
  });
  io.restart();
  io.run();
  return std::move(result.value());
}

}  // namespace carillon::cli
