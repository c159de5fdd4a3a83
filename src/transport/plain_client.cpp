#include "transport/plain_client.hpp"

#include <boost/asio/this_coro.hpp>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/gate.hpp"
#include "transport/http_redirect.hpp"
#include "transport/lookup.hpp"
#include "transport/plain_connection.hpp"

namespace carillon::http {
namespace {

constexpr std::size_t most_per_origin = 256;        // exchanges; beyond it a request waits for its turn
constexpr std::size_t most_idle = most_per_origin;  // connections that are kept open
using ConnectionPtr = std::shared_ptr<PlainConnection>;

struct Origin {
  Gate gate{most_per_origin};
  std::vector<ConnectionPtr> idle;
};

class Pool {
 public:
  Origin& origin(const std::string& name) { return origins_[name]; }
  bool closed() const { return closed_; }

  // An idle connection that still works, or null.
  static ConnectionPtr take(Origin& origin) {
    while (!origin.idle.empty()) {
      ConnectionPtr connection = std::move(origin.idle.back());
      origin.idle.pop_back();
      if (connection->reusable()) return connection;
    }
    return nullptr;
  }

  void give_back(Origin& origin, ConnectionPtr connection) const {
    if (!closed_ && origin.idle.size() < most_idle) origin.idle.push_back(std::move(connection));
  }

  void begin(const ConnectionPtr& connection) { active_.insert(connection.get()); }
  void end(const ConnectionPtr& connection) {
    active_.erase(connection.get());
    if (!active_.empty()) return;
    for (auto& [name, origin] : origins_) {
      for (const ConnectionPtr& idle : origin.idle)
        idle->rest();
    }
  }

  void close() {
    closed_ = true;
    for (auto& [name, origin] : origins_)
      origin.idle.clear();
    for (PlainConnection* connection : active_)
      connection->close();
  }

 private:
  std::unordered_map<std::string, Origin> origins_;  // never shrinks: as many as the configuration names
  std::unordered_set<PlainConnection*> active_;
  bool closed_ = false;
};

// A connection that close() of the pool must reach.
class Active {
 public:
  Active(std::shared_ptr<Pool> pool, ConnectionPtr connection)
      : pool_(std::move(pool)), connection_(std::move(connection)) {
    pool_->begin(connection_);
  }
  ~Active() { pool_->end(connection_); }
  Active(const Active&) = delete;
  Active& operator=(const Active&) = delete;

 private:
  std::shared_ptr<Pool> pool_;
  ConnectionPtr connection_;
};

Task<Response> try_once(std::shared_ptr<Pool> pool, Origin& origin, const Request& request, const Plain& to,
                        PlainConnection::Time deadline, bool& stale) {
  ConnectionPtr connection = Pool::take(origin);
  const bool old = connection != nullptr;
  if (!old) connection = std::make_shared<PlainConnection>(co_await asio::this_coro::executor);
  const Active active(pool, connection);
  if (!old) {
    const auto opened = co_await connection->open(to, deadline);
    if (!opened) co_return tl::unexpected(opened.error());
  }
  auto response = co_await connection->exchange(request, to, deadline);
  stale = old && !response && connection->went_stale();
  if (response && connection->kept()) pool->give_back(origin, std::move(connection));
  co_return response;
}

// What redirects lead on to, from http or to https. Failure: as Client::request().
Task<Response> go_on(std::shared_ptr<Pool> pool, std::weak_ptr<Client> other, Request request);

// other: for redirects to https; gone when the client is.
Task<Response> perform(std::shared_ptr<Pool> pool, std::weak_ptr<Client> other, Request request,
                       Target target, Plain to) {
  auto deadline = PlainConnection::Time::max();
  Result<Response> response = unreachable(net::given_up);
  {
    Origin& origin = pool->origin(target.origin);
    const Gate::Place turn = co_await origin.gate.enter();
    deadline = std::chrono::steady_clock::now() + request.timeout;
    // The server may have closed a connection at the very moment when it was to serve again.
    for (bool stale = true; stale && !pool->closed();) {
      stale = false;
      response = co_await try_once(pool, origin, request, to, deadline, stale);
    }
  }
  if (response && redirect(request, *response)) {
    request.timeout = time_until(deadline);
    co_return co_await go_on(std::move(pool), std::move(other), std::move(request));
  }
  if (!response) response.error().what = about(request, target, response.error().what);
  co_return response;
}

Task<Response> go_on(std::shared_ptr<Pool> pool, std::weak_ptr<Client> other, Request request) {
  auto target = checked_target(request);
  if (!target) co_return failed(target);
  if (auto to = plain(request, *target)) {
    co_return co_await perform(std::move(pool), std::move(other), std::move(request), std::move(*target),
                               std::move(*to));
  }
  auto client = other.lock();
  if (client == nullptr) co_return unreachable(net::given_up);
  auto rest = client->request(std::move(request));
  client.reset();
  co_return co_await std::move(rest);
}

class PlainClient final : public Client {
 public:
  explicit PlainClient(std::unique_ptr<Client> other)
      : other_(std::move(other)), pool_(std::make_shared<Pool>()) {}
  ~PlainClient() override { pool_->close(); }
  PlainClient(const PlainClient&) = delete;
  PlainClient& operator=(const PlainClient&) = delete;

  Task<Response> request(Request request) override {
    auto target = checked_target(request);
    if (!target) return refuse(std::move(target.error()));
    auto to = plain(request, *target);
    if (!to) return other_->request(std::move(request));
    return perform(pool_, other_, std::move(request), std::move(*target), std::move(*to));
  }

 private:
  static Task<Response> refuse(Failure failure) { co_return tl::unexpected(std::move(failure)); }

  std::shared_ptr<Client> other_;
  std::shared_ptr<Pool> pool_;
};

}  // namespace

std::unique_ptr<Client> make_plain_client(std::unique_ptr<Client> other) {
  return std::make_unique<PlainClient>(std::move(other));
}

std::unique_ptr<Client> make_client(const asio::any_io_executor& executor) {
  return make_plain_client(make_curl_client(executor));
}

}  // namespace carillon::http
