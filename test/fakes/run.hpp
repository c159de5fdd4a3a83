// Runs coroutines in tests.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>

#include "base/task.hpp"

namespace carillon::test {

// How long a test waits for what must happen. It ends at once when that has happened, and a machine may be
// ten times slower than usual.
constexpr std::chrono::seconds patience{60};

// Runs the io_context until the coroutine has ended and returns its value; rethrows its exception. Throws
// when it has not ended after the limit.
template <class T>
T run(asio::io_context& io, asio::awaitable<T> coroutine, std::chrono::seconds limit = patience) {
  std::optional<T> value;
  std::exception_ptr thrown;
  bool done = false;
  asio::co_spawn(io, std::move(coroutine), [&](std::exception_ptr error, T result) {
    thrown = error;
    value = std::move(result);
    done = true;
  });
  const auto deadline = std::chrono::steady_clock::now() + limit;
  io.restart();
  while (!done && std::chrono::steady_clock::now() < deadline) {
    io.run_one_for(std::chrono::milliseconds(50));
    if (io.stopped()) io.restart();
  }
  if (!done) throw std::runtime_error("the coroutine did not end in time");
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*value);
}

// Runs the io_context until the condition holds; false when it does not within the limit.
inline bool run_until(asio::io_context& io, const std::function<bool()>& condition,
                      std::chrono::seconds limit = patience) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  io.restart();
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    io.run_one_for(std::chrono::milliseconds(10));
    if (io.stopped()) io.restart();
  }
  return true;
}

}  // namespace carillon::test
