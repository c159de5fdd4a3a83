#include "transport/smtp.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "transport/smtp_connection.hpp"

namespace carillon::smtp {
namespace {

using boost::system::error_code;

struct Waiter {
  explicit Waiter(const asio::any_io_executor& executor)
      : timer(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
  bool granted = false;
  std::optional<Failure> failure;  // instead
};

// A relay that refused the password may still be asked by those that began before the pause was known.
constexpr auto refusal_echo = std::chrono::seconds(10);

// What the client and its connections share; also held by goodbyes that outlive the client.
class Pool : public std::enable_shared_from_this<Pool> {
 public:
  Pool(asio::any_io_executor executor, Relay relay, Limits limits)
      : executor_(std::move(executor)), relay_(std::move(relay)), limits_(limits), reaper_(executor_) {
    limits_.connections = std::max<std::size_t>(limits_.connections, 1);
    if (relay_.tls != Login::Tls::none || !relay_.user.empty()) trust_ = net::trust(relay_.ca_file);
  }

  std::string name() const { return net::name_of({.host = relay_.host, .port = relay_.port}); }

  std::shared_ptr<Connection> fresh() {
    return std::make_shared<Connection>(executor_, relay_, limits_, trust_);
  }

  // The connection that was used last and on which the relay has said nothing since; null when there is none.
  std::shared_ptr<Connection> take_idle() {
    while (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->quiet()) return connection;
      connection->close();
    }
    return nullptr;
  }

  void give_back(std::shared_ptr<Connection> connection) {
    connection->idle_since = std::chrono::steady_clock::now();
    idle_.push_back(std::move(connection));
    if (!reaping_) reap_later();
  }

  // When one idle connection has gone stale the others have too: the relay was restarted.
  void drop_idle() {
    for (const auto& connection : idle_)
      connection->close();
    idle_.clear();
  }

  // A place among limits.connections, in the order of asking.
  asio::awaitable<void> acquire() {
    if (in_use_ < limits_.connections) {
      ++in_use_;
      co_return;
    }
    const auto waiter = std::make_shared<Waiter>(executor_);
    waiters_.push_back(waiter);
    const auto [woken] = co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!waiter->granted) {  // cancelled from outside
      std::erase(waiters_, waiter);
      throw boost::system::system_error(woken);
    }
  }

  // Opens a connection. Logins happen one after the other, so that a wrong password is not tried by many at
  // once.
  Task<void> open(Connection& connection) {
    if (relay_.user.empty()) co_return co_await connection.open();
    if (opening_) {
      const auto waiter = std::make_shared<Waiter>(executor_);
      openers_.push_back(waiter);
      const auto [woken] = co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
      if (waiter->failure) co_return tl::unexpected(*waiter->failure);
      if (!waiter->granted) {  // cancelled from outside
        std::erase(openers_, waiter);
        throw boost::system::system_error(woken);
      }
    } else {
      opening_ = true;
    }
    const Turn turn(*this);
    if (refusal_ && std::chrono::steady_clock::now() < refusal_->until)
      co_return tl::unexpected(refusal_->failure);
    auto opened = co_await connection.open();
    refusal_.reset();
    if (opened) co_return opened;
    if (connection.password_refused()) {
      Failure& failure = opened.error();
      failure.kind = Failure::Kind::throttled;
      failure.retry_after = password_pause;
      failure.what += "; tried again in an hour at the earliest, so that the account is not locked";
      refusal_ = Refusal{failure, std::chrono::steady_clock::now() + refusal_echo};
    }
    for (const auto& waiter : openers_) {
      waiter->failure = opened.error();
      waiter->timer.cancel();
    }
    openers_.clear();
    co_return opened;
  }

  void release() {
    if (waiters_.empty()) {
      --in_use_;
      return;
    }
    const auto next = waiters_.front();  // inherits the place
    waiters_.pop_front();
    next->granted = true;
    next->timer.cancel();
  }

 private:
  struct Refusal {
    Failure failure;
    std::chrono::steady_clock::time_point until;
  };
  // Lets the next one log in, however this one ends.
  class Turn {
   public:
    explicit Turn(Pool& pool) : pool_(pool) {}
    ~Turn() {
      pool_.opening_ = !pool_.openers_.empty();
      if (!pool_.opening_) return;
      const auto next = pool_.openers_.front();
      pool_.openers_.pop_front();
      next->granted = true;
      next->timer.cancel();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Pool& pool_;
  };

  void reap_later() {
    reaping_ = true;
    reaper_.expires_at(idle_.front()->idle_since + limits_.idle);
    reaper_.async_wait([weak = weak_from_this()](const error_code& error) {
      const auto self = weak.lock();
      if (self && !error) self->reap();
    });
  }

  void reap() {
    reaping_ = false;
    const auto now = std::chrono::steady_clock::now();
    while (!idle_.empty() && idle_.front()->idle_since + limits_.idle <= now) {
      asio::co_spawn(executor_, say_goodbye(shared_from_this(), std::move(idle_.front())), asio::detached);
      idle_.erase(idle_.begin());
    }
    if (!idle_.empty()) reap_later();
  }

  static asio::awaitable<void> say_goodbye(std::shared_ptr<Pool> pool,
                                           std::shared_ptr<Connection> connection) {
    co_await connection->quit();
  }

  asio::any_io_executor executor_;
  Relay relay_;
  Limits limits_;
  net::Trust trust_;
  std::vector<std::shared_ptr<Connection>> idle_;  // the longest idle first
  std::size_t in_use_ = 0;
  std::deque<std::shared_ptr<Waiter>> waiters_;
  bool opening_ = false;  // somebody logs in
  std::deque<std::shared_ptr<Waiter>> openers_;
  std::optional<Refusal> refusal_;
  asio::steady_timer reaper_;
  bool reaping_ = false;
};

// Gives the place back and closes the connection however the coroutine ends.
class Use {
 public:
  explicit Use(std::shared_ptr<Pool> pool) : pool_(std::move(pool)) {}
  ~Use() {
    if (connection) connection->close();
    pool_->release();
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  void keep() { pool_->give_back(std::exchange(connection, nullptr)); }
  void replace(std::shared_ptr<Connection> other) {
    if (connection) connection->close();
    connection = std::move(other);
  }

  std::shared_ptr<Connection> connection;

 private:
  std::shared_ptr<Pool> pool_;
};

class PooledClient final : public Client {
 public:
  PooledClient(asio::any_io_executor executor, Relay relay, Limits limits)
      : pool_(std::make_shared<Pool>(std::move(executor), std::move(relay), limits)) {}
  ~PooledClient() override { pool_->drop_idle(); }

  Task<Outcome> send(const Mail& mail) override {
    if (mail.recipients.empty()) co_return Outcome{};
    const auto pool = pool_;
    co_await pool->acquire();
    Use use(pool);
    use.connection = pool->take_idle();
    const bool reused = use.connection != nullptr;
    if (reused) {
      auto outcome = co_await use.connection->send(mail);
      if (outcome || use.connection->committed()) co_return finish(use, std::move(outcome));
      pool->drop_idle();
    }
    use.replace(pool->fresh());
    auto opened = co_await pool->open(*use.connection);
    if (!opened) co_return named(opened.error());
    auto outcome = co_await use.connection->send(mail);
    co_return finish(use, std::move(outcome));
  }

 private:
  Result<Outcome> finish(Use& use, Result<Outcome> outcome) const {
    if (use.connection->reusable()) use.keep();
    if (!outcome) return named(outcome.error());
    return outcome;
  }

  tl::unexpected<Failure> named(Failure failure) const {
    failure.what = pool_->name() + ": " + failure.what;
    return failed(std::move(failure));
  }

  std::shared_ptr<Pool> pool_;
};

}  // namespace

std::unique_ptr<Client> make_client(asio::any_io_executor executor, Relay relay, Limits limits) {
  return std::make_unique<PooledClient>(std::move(executor), std::move(relay), limits);
}

}  // namespace carillon::smtp
