#include "server/health_monitor.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "script/script.hpp"
#include "server/notify.hpp"
#include "store/store.hpp"

namespace carillon::server {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds beat{1000};
constexpr std::chrono::seconds store_patience{20};  // a transaction waits up to 10 s for another process
constexpr std::chrono::seconds python_patience{
    50};  // 30 s are allowed, and some more to interrupt what takes longer
constexpr std::chrono::minutes tell_again{1};

std::string for_seconds(steady_clock::duration time) {
  return "for " + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace

void Lateness::add(Seconds late) {
  late_[next_] = std::max(late, Seconds(0));
  next_ = (next_ + 1) % beats;
}

Lateness::Seconds Lateness::worst() const {
  return *std::ranges::max_element(late_);
}

asio::awaitable<void> HealthMonitor::run() {
  while (true) {
    if (!asked_) {
      asked_ = steady_clock::now();
      asio::co_spawn(io_, ask_store(), or_end);
    }
    tell_trouble();
    if (manager_.watches() && troubles().empty()) manager_.alive();
    const auto begin = steady_clock::now();
    co_await sleep_for(beat);
    lateness_.add(steady_clock::now() - begin - beat);
  }
}

// After a failed write a small one shows whether it is over, also while nobody has anything to write.
asio::awaitable<void> HealthMonitor::ask_store() {
  if (store_.trouble()) {
    const Result<void> answered = co_await store_.remember("(server)", "probe", clock_.now(), clock_.now());
    if (!answered) co_await sleep_for(beat);
  } else {
    const Result<void> answered = co_await store_.ping();
    if (!answered) co_await sleep_for(beat);
  }
  asked_.reset();
}

void HealthMonitor::tell_trouble() {
  const std::string trouble = store_.trouble().value_or("");
  const auto now = steady_clock::now();
  if (trouble == told_ && (trouble.empty() || now - told_at_ < tell_again)) return;
  if (trouble.empty()) {
    log_.info("store", "writes work again");
  } else {
    log_.error("store", trouble);
  }
  told_ = trouble;
  told_at_ = now;
}

std::map<std::string, std::string> HealthMonitor::troubles() const {
  std::map<std::string, std::string> troubles;
  const auto now = steady_clock::now();
  if (asked_ && now - *asked_ > store_patience) {
    troubles["store"] = "has not answered " + for_seconds(now - *asked_);
  }
  if (const auto work = script_.at_work(); work && *work > python_patience) {
    troubles["python"] = "has been at one piece of work " + for_seconds(*work);
  }
  return troubles;
}

}  // namespace carillon::server
