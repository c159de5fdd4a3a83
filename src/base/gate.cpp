#include "base/gate.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <deque>

namespace carillon {

namespace asio = boost::asio;

class Gate::State : public std::enable_shared_from_this<State> {
 public:
  struct Waiter {
    explicit Waiter(const asio::any_io_executor& executor)
        : timer(executor, asio::steady_timer::time_point::max()) {}
    asio::steady_timer timer;
    bool granted = false;
  };

  explicit State(std::size_t places) : free_(places) {}

  bool take() {
    if (free_ == 0) return false;
    --free_;
    return true;
  }

  void wait(std::shared_ptr<Waiter> waiter) { waiters_.push_back(std::move(waiter)); }
  void forget(const std::shared_ptr<Waiter>& waiter) { std::erase(waiters_, waiter); }

  void release() {
    if (waiters_.empty()) {
      ++free_;
      return;
    }
    const auto next = waiters_.front();  // inherits the place
    waiters_.pop_front();
    next->granted = true;
    next->timer.cancel();
  }

  Place place() {
    return Place(this, [self = shared_from_this()](void*) { self->release(); });
  }

 private:
  std::size_t free_;
  std::deque<std::shared_ptr<Waiter>> waiters_;
};

Gate::Gate(std::size_t places) : state_(std::make_shared<State>(places)) {}
Gate::~Gate() = default;

asio::awaitable<Gate::Place> Gate::enter() {
  const auto state = state_;
  if (state->take()) co_return state->place();
  const auto waiter = std::make_shared<State::Waiter>(co_await asio::this_coro::executor);
  state->wait(waiter);
  const auto [woken] = co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!waiter->granted) {  // cancelled from outside
    state->forget(waiter);
    throw boost::system::system_error(woken);
  }
  co_return state->place();
}

}  // namespace carillon
