#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <deque>
#include <unordered_map>

#include "transport/curl_engine.hpp"
#include "transport/curl_exchange.hpp"
#include "transport/http.hpp"
#include "transport/http_redirect.hpp"
#include "transport/http_request.hpp"

namespace carillon::http {
namespace {

// Beyond these a request waits for its turn. Per origin, so that one that hangs slows no other, and above
// what one reporter has under way, so that services behind one address slow each other no more; in all,
// because every handle costs memory and a descriptor.
constexpr int most_at_once = 256;
constexpr int most_in_all = 1024;

struct Lane;

// One request on its way, owned by the coroutine that waits for it.
struct Transfer {
  Transfer(const asio::any_io_executor& executor, CurlExchange& content, Lane& home)
      : exchange(content), origin(home), wake(executor, asio::steady_timer::time_point::max()) {}
  CurlExchange& exchange;
  Lane& origin;
  asio::steady_timer wake;  // cancelled when the transfer has ended
  CURL* easy = nullptr;     // none while it waits for its turn
  bool ended = false;
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
};

struct Lane {
  int running = 0;
  std::deque<Transfer*> queue;
};

class Hub : public std::enable_shared_from_this<Hub> {
 public:
  explicit Hub(const asio::any_io_executor& executor)
      : engine_(CurlEngine::make(executor, [this](CURL* easy, CURLcode code) { ended(easy, code); })) {}

  ~Hub() {
    engine_->close();
    for (CURL* easy : idle_)
      curl_easy_cleanup(easy);
  }
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  Lane& origin(const std::string& name) { return lanes_[name]; }

  void begin(Transfer& transfer) {
    if (closed_) {
      transfer.ended = true;
    } else if (transfer.origin.running >= most_at_once || running_ >= most_in_all) {
      transfer.origin.queue.push_back(&transfer);
      ++waiting_;
    } else {
      start(transfer);
    }
  }

  // The one who waited is gone.
  void abandon(Transfer& transfer) {
    if (transfer.ended) return;
    transfer.ended = true;
    if (transfer.easy == nullptr) {
      std::erase(transfer.origin.queue, &transfer);
      --waiting_;
      return;
    }
    active_.erase(transfer.easy);
    engine_->remove(transfer.easy);
    release(transfer);
  }

  void close() {
    closed_ = true;
    for (auto& [name, origin] : lanes_) {
      for (Transfer* transfer : origin.queue)
        finish(*transfer);
      origin.queue.clear();
    }
    waiting_ = 0;
    while (!active_.empty()) {
      Transfer& transfer = *active_.begin()->second;
      active_.erase(active_.begin());
      engine_->remove(transfer.easy);
      release(transfer);
      finish(transfer);
    }
  }

 private:
  static void finish(Transfer& transfer) {
    transfer.ended = true;
    transfer.wake.cancel();
  }

  void start(Transfer& transfer) {
    if (idle_.empty()) {
      transfer.easy = curl_easy_init();
      if (transfer.easy == nullptr) throw std::bad_alloc();
      CurlExchange::prepare(transfer.easy);
    } else {
      transfer.easy = idle_.back();
      idle_.pop_back();
    }
    transfer.exchange.load(transfer.easy);
    ++running_;
    ++transfer.origin.running;
    active_.emplace(transfer.easy, &transfer);
    engine_->add(transfer.easy);
  }

  void ended(CURL* easy, CURLcode code) {
    const auto found = active_.find(easy);
    if (found == active_.end()) return;
    Transfer& transfer = *found->second;
    active_.erase(found);
    transfer.code = code;
    release(transfer);
    finish(transfer);
  }

  void release(Transfer& transfer) {
    transfer.exchange.unload(transfer.easy);
    idle_.push_back(std::exchange(transfer.easy, nullptr));
    --running_;
    --transfer.origin.running;
    if (waiting_ > 0 && !closed_) start_next(transfer.origin);
  }

  // The origin that gave up a place fills it; when it has nobody waiting, any other may.
  void start_next(Lane& preferred) {
    if (!preferred.queue.empty() && preferred.running < most_at_once) return start_first(preferred);
    for (auto& [name, origin] : lanes_) {
      if (!origin.queue.empty() && origin.running < most_at_once) return start_first(origin);
    }
  }

  void start_first(Lane& origin) {
    Transfer& next = *origin.queue.front();
    origin.queue.pop_front();
    --waiting_;
    start(next);
  }

  std::shared_ptr<CurlEngine> engine_;
  std::unordered_map<std::string, Lane> lanes_;  // never shrinks: as many as the configuration names
  std::unordered_map<CURL*, Transfer*> active_;
  std::vector<CURL*> idle_;
  int running_ = 0;
  int waiting_ = 0;
  bool closed_ = false;
};

class Abandon {
 public:
  Abandon(Hub& hub, Transfer& transfer) : hub_(hub), transfer_(transfer) {}
  ~Abandon() { hub_.abandon(transfer_); }
  Abandon(const Abandon&) = delete;
  Abandon& operator=(const Abandon&) = delete;

 private:
  Hub& hub_;
  Transfer& transfer_;
};

// One exchange. goes_on: the answer leads on (redirect()), by what is in `request` then.
Task<Response> perform_once(std::shared_ptr<Hub> hub, Request& request, bool& goes_on) {
  auto target = checked_target(request);
  if (!target) co_return failed(target);
  if (request.large_body) {
    auto begun = co_await request.large_body->begin();
    if (!begun) co_return failed(begun);
  }
  const auto executor = co_await asio::this_coro::executor;
  const auto exchange = CurlExchange::make(std::move(request), std::move(*target), executor);
  const auto found = co_await exchange->look_up(executor);
  if (!found) co_return failed(found);
  Transfer transfer(executor, *exchange, hub->origin(exchange->origin()));
  const Abandon abandon(*hub, transfer);
  hub->begin(transfer);
  if (!transfer.ended) {
    const auto [error] = co_await transfer.wake.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!transfer.ended) throw boost::system::system_error(error);  // the awaiting coroutine was cancelled
  }
  auto response = exchange->result(transfer.code);
  auto again = exchange->take_request();
  goes_on = response && again && redirect(*again, *response);
  if (goes_on) request = std::move(*again);
  co_return response;
}

Task<Response> perform(std::shared_ptr<Hub> hub, Request request) {
  const auto deadline = std::chrono::steady_clock::now() + request.timeout;
  for (bool goes_on = false;; request.timeout = time_until(deadline)) {
    auto response = co_await perform_once(hub, request, goes_on);
    if (!response || !goes_on) co_return response;
  }
}

class CurlClient final : public Client {
 public:
  explicit CurlClient(const asio::any_io_executor& executor) : hub_(std::make_shared<Hub>(executor)) {}
  ~CurlClient() override { hub_->close(); }
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  Task<Response> request(Request request) override { return perform(hub_, std::move(request)); }

 private:
  std::shared_ptr<Hub> hub_;
};

}  // namespace

std::unique_ptr<Client> make_curl_client(
    asio::any_io_executor executor) {  // NOLINT(performance-unnecessary-value-param)
  return std::make_unique<CurlClient>(executor);
}

}  // namespace carillon::http
