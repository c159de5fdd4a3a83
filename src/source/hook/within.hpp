// What senders are answered, and how long that may take.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "base/json.hpp"
#include "base/task.hpp"
#include "web/message.hpp"

namespace carillon::source::hook {

// The most impatient CI waits for five seconds.
inline constexpr std::chrono::milliseconds answer_within{3000};
// After which a sender that was sent away is to come again.
inline constexpr std::chrono::seconds come_again{30};

inline web::Response json_answer(int status, const json::object& body) {
  web::Response response;
  response.status = status;
  response.body = json::serialize(body);
  return response;
}

// What the task yields, or nullopt when it takes longer. It then goes on by itself. What it
// throws is thrown here, or ends the process when nobody waits any more.
template <class T>
asio::awaitable<std::optional<Result<T>>> within(std::chrono::milliseconds limit, Task<T> task) {
  struct Shared {
    explicit Shared(const asio::any_io_executor& executor) : done(executor) {}
    asio::steady_timer done;
    std::optional<Result<T>> result;
    std::exception_ptr error;
    bool left = false;
  };
  const auto executor = co_await asio::this_coro::executor;
  auto shared = std::make_shared<Shared>(executor);
  shared->done.expires_after(limit);
  asio::co_spawn(
      executor,
      [](Task<T> work, std::shared_ptr<Shared> where) -> asio::awaitable<void> {
        try {
          where->result.emplace(co_await std::move(work));
        } catch (...) {
          if (where->left) throw;  // nobody else would hear of it
          where->error = std::current_exception();
        }
        where->done.cancel();
      }(std::move(task), shared),
      or_end);
  if (!shared->result && !shared->error) {
    boost::system::error_code ignored;
    co_await shared->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  shared->left = true;
  if (shared->error) std::rethrow_exception(shared->error);
  co_return std::move(shared->result);
}

}  // namespace carillon::source::hook
