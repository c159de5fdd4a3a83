#include "pipeline/janitor.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace carillon::pipeline {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds first_sweep{2'000};
constexpr milliseconds between_sweeps{600'000};
constexpr milliseconds sweep_step{1'000};
constexpr microseconds good_step{4'000};
constexpr milliseconds least_rest{10};
constexpr int share = 4;  // a step's time is followed by this many times as much for others
constexpr std::size_t min_rows = 5;
constexpr std::size_t max_rows = 1000;
constexpr std::size_t rows_towards_size = 50;
constexpr std::size_t busy_backlog = 200;  // operations of others that wait for the store
constexpr int busy_patience = 50;          // rests
constexpr std::size_t spare_pages = 1024;  // stay in the file, to be used again
constexpr int spare_part = 10;             // or a tenth of the file

}  // namespace

Janitor::Janitor(store::Upkeep& store, const Clock& clock, const Log& log, metrics::Registry& registry)
    : Janitor(store, clock, log,
              registry.counters("carillon_history_forgotten_total",
                                "What was deleted because of its age, or of "
                                "the size of the database.",
                                {"what"})) {}

Janitor::Janitor(store::Upkeep& store, const Clock& clock, const Log& log,
                 metrics::Family<metrics::Counter>& forgotten)
    : store_(store),
      clock_(clock),
      log_(log),
      deliveries_(forgotten.of({"deliveries"})),
      events_(forgotten.of({"events"})) {}

void Janitor::set_limits(HistoryLimits limits) {
  changed_ = limits != limits_;
  limits_ = limits;
}

asio::awaitable<void> Janitor::run() {
  co_await sleep_for(first_sweep);
  while (true) {
    changed_ = false;
    const Result<void> done = co_await tidy();
    if (!done) log_.warning("history", "cannot forget now: " + done.error().what);
    for (milliseconds rested{0}; rested < between_sweeps && !changed_; rested += sweep_step)
      co_await sleep_for(sweep_step);
  }
}

Task<void> Janitor::tidy() {
  if (limits_.max_age) {
    auto forgotten = co_await forget(clock_.now() - *limits_.max_age, std::nullopt);
    if (!forgotten) co_return failed(forgotten);
    tell(*forgotten, "too old");
  }
  auto size = co_await store_.size();
  if (!size) co_return failed(size);
  if (limits_.max_size && size->used > *limits_.max_size) {
    // A little more than needed, so that not every look finds something.
    const std::int64_t enough = *limits_.max_size - *limits_.max_size / 20;
    auto forgotten = co_await forget(clock_.now() - youngest_forgotten, enough);
    if (!forgotten) co_return failed(forgotten);
    tell(*forgotten, "too much");
    size = forgotten->size;
    const bool over = size->used > *limits_.max_size;
    if (over && !over_size_) {
      log_.warning("history", "the database uses " + megabytes(size->used) + ", more than its limit of " +
                                  megabytes(*limits_.max_size) +
                                  ": the rest is not delivered yet, dead, needed, or younger than an hour");
    }
    over_size_ = over;
  }
  co_return co_await shrink(*size);
}

Task<Janitor::Forgotten> Janitor::forget(Millis before, std::optional<std::int64_t> enough) {
  Forgotten forgotten;
  store::PruneStep step;
  step.before = before;
  while (true) {
    step.limit = enough ? std::min(limit_, rows_towards_size) : limit_;  // not much more than needed
    auto done = co_await store_.prune(step);
    if (!done) co_return failed(done);
    forgotten.deliveries += done->deliveries;
    forgotten.events += done->events;
    forgotten.size = done->size;
    deliveries_.add(done->deliveries);
    events_.add(done->events);
    if (done->over || (enough && done->size.used <= *enough)) co_return forgotten;
    if (done->took > good_step) limit_ = std::max(limit_ / 2, min_rows);
    if (done->took < good_step / 2) limit_ = std::min(limit_ + limit_ / 2, max_rows);
    step = done->next;
    co_await rest(done->took);
  }
}

Task<void> Janitor::shrink(store::FileSize size) {
  while (size.free_pages > spare_pages + size.pages / spare_part) {
    const auto begin = std::chrono::steady_clock::now();
    auto smaller = co_await store_.shrink();
    if (!smaller) co_return failed(smaller);
    if (!*smaller) co_return ok();
    co_await rest(std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - begin));
    auto now = co_await store_.size();
    if (!now) co_return failed(now);
    size = *now;
  }
  co_return ok();
}

asio::awaitable<void> Janitor::rest(microseconds took) {
  co_await sleep_for(std::max(least_rest, std::chrono::duration_cast<milliseconds>(took * share)));
  for (int i = 0; i < busy_patience && store_.backlog() > busy_backlog; ++i)
    co_await sleep_for(least_rest);
}

void Janitor::tell(const Forgotten& forgotten, std::string_view why) {
  if (forgotten.deliveries + forgotten.events == 0) return;
  log_.info("history", "forgot " + std::to_string(forgotten.deliveries) + " deliveries and " +
                           std::to_string(forgotten.events) + " events: " + std::string(why));
}

}  // namespace carillon::pipeline
