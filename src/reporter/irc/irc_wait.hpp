// Waiting for something that another coroutine brings about, with a limit.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "base/task.hpp"

namespace carillon::reporter::irc {

// One value for one waiter; held by both sides.
template <class T>
class Awaited {
 public:
  explicit Awaited(const asio::any_io_executor& executor) : timer_(executor) {}

  // The first value counts.
  void set(T value) {
    if (value_) return;
    value_ = std::move(value);
    timer_.cancel();
  }

  // nullopt: it did not come within the limit. May be called again.
  asio::awaitable<std::optional<T>> wait(std::chrono::milliseconds limit) {
    if (!value_) {
      timer_.expires_after(limit);
      const auto [error] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
      if (!value_ && error) throw boost::system::system_error(error);
    }
    co_return value_;
  }

 private:
  asio::steady_timer timer_;
  std::optional<T> value_;
};

template <class T>
using AwaitedPtr = std::shared_ptr<Awaited<T>>;

}  // namespace carillon::reporter::irc
