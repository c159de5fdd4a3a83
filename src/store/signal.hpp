// One coroutine that waits until another one has something for it.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>

#include "base/task.hpp"

namespace carillon::store {

// On the io thread. Who raises it runs the waiter at once, before it goes on itself: what is just stored is
// on its way before anything else happens, as if its reader had been called.
class Signal {
 public:
  explicit Signal(const asio::any_io_executor& io) : timer_(io) {}

  // Until it is raised, or was since the last wait; at most so long. One waiter at a time.
  asio::awaitable<void> wait_for(std::chrono::milliseconds most) {
    if (raised_) {
      raised_ = false;
      co_return;
    }
    timer_.expires_after(most);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) resume();
    });
    auto initiate = [this](auto handler) {
      waiter_ = std::make_unique<WaiterOf<decltype(handler)>>(std::move(handler), timer_.get_executor());
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate, asio::use_awaitable);
  }
  asio::awaitable<void> wait() { return wait_for(std::chrono::hours(24 * 365)); }

  void raise() {
    if (!waiter_) {
      raised_ = true;
      return;
    }
    timer_.cancel();
    resume();
  }

 private:
  class Waiter {
   public:
    virtual ~Waiter() = default;
    virtual void resume() = 0;
  };
  template <class Handler>
  class WaiterOf final : public Waiter {
   public:
    WaiterOf(Handler handler, const asio::any_io_executor& io) : handler_(std::move(handler)), guard_(io) {}
    void resume() override { std::move(handler_)(); }

   private:
    Handler handler_;
    asio::executor_work_guard<asio::any_io_executor> guard_;
  };

  void resume() {
    // It may wait again, and be raised again, within the call.
    if (const auto waiter = std::move(waiter_)) waiter->resume();
  }

  asio::steady_timer timer_;
  std::unique_ptr<Waiter> waiter_;
  bool raised_ = false;
};

}  // namespace carillon::store
