#include "pipeline/composer.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "pipeline/assemble.hpp"
#include "pipeline/courier.hpp"
#include "pipeline/payload_files.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::size_t page = 500;
constexpr std::size_t max_recovered = 20'000;  // orders in memory; above this, nothing new comes in either
constexpr std::chrono::milliseconds page_look{20};
constexpr std::chrono::milliseconds page_patience{100};  // without any progress
constexpr std::chrono::milliseconds audience_look{20};
constexpr int attempts_before_giving_up_details = 6;  // about a minute

std::string chain_key(const store::Order& order) {
  std::string key = order.reporter;
  key += '\0';
  key += order.event->master;
  key += '\0';
  key += string_at(order.event->body, "builder.name").value_or("");
  return key;
}

std::chrono::milliseconds delay_before(int attempt) {
  return std::chrono::seconds(1) * (1 << std::min(attempt, 5));
}

std::vector<store::NewDelivery> to_rows(std::vector<reporter::Delivery> deliveries,
                                        const std::vector<std::string>& notes, const Log& log) {
  std::vector<store::NewDelivery> rows;
  rows.reserve(deliveries.size());
  for (reporter::Delivery& delivery : deliveries) {
    store::NewDelivery row;
    row.key = std::move(delivery.key);
    row.lane = std::move(delivery.lane);
    row.status = std::move(delivery.status);
    row.rank = delivery.rank;
    row.target = std::move(delivery.target);
    row.summary = std::move(delivery.summary);
    row.note = std::move(delivery.note);
    for (const std::string& note : notes)
      row.note += (row.note.empty() ? "" : "; ") + note;
    if (!row.note.empty()) row.note = log.redacted(row.note);  // a callback's error may quote anything
    row.payload = std::move(delivery.payload);
    row.files = stored_files(delivery.files);
    row.skip = delivery.skip;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Composer::Composer(asio::any_io_executor io, store::Store& store, Courier& courier, const Clock& clock,
                   const Log& log, FindMaster find_master, LogFetcher& logs)
    : io_(std::move(io)),
      store_(store),
      courier_(courier),
      clock_(clock),
      log_(log),
      find_master_(std::move(find_master)),
      logs_(logs) {}

void Composer::add(std::vector<store::Order> orders) {
  if (!recovering_) queue(std::move(orders));  // else recover() finds them in the store, in their turn
}

void Composer::queue(std::vector<store::Order> orders) {
  for (store::Order& order : orders) {
    if (roster_->find(order.reporter) == nullptr || !pending_.insert(order.id).second) continue;
    const ChainKey key = chain_key(order);
    Chain& chain = chains_[key];
    chain.push_back(std::move(order));
    if (chain.size() == 1) start_next(key);
  }
}

Task<void> Composer::recover() {
  recovering_ = true;
  store::RowId after = 0;
  while (true) {
    auto orders = co_await store_.open_orders(after, page);
    if (!orders) co_return tl::unexpected<Failure>(orders.error());
    if (orders->empty()) {
      recovering_ = false;
      co_return ok();
    }
    after = orders->back().id;
    queue(std::move(*orders));
    co_await let_some_end();
  }
}

Task<void> Composer::recover_replayed() {
  if (recovering_) co_return ok();  // finds them, too
  while (true) {
    auto orders = co_await store_.replayed_orders(last_replayed_, page);
    if (!orders) co_return tl::unexpected<Failure>(orders.error());
    if (orders->empty() || stopping_) co_return ok();
    last_replayed_ = orders->back().id;
    queue(std::move(*orders));
    co_await let_some_end();
  }
}

// What cannot be worded now (its master is away) holds up others for a moment only, as long as there is room.
asio::awaitable<void> Composer::let_some_end() {
  std::size_t known = composed_;
  auto patience = page_patience;
  while (pending_.size() > max_recovered || (pending_.size() > page && patience.count() > 0)) {
    co_await sleep_for(page_look);
    patience = composed_ == known ? patience - page_look : page_patience;
    known = composed_;
  }
}

void Composer::start_next(const ChainKey& key) {
  if (stopping_) return;
  asio::co_spawn(io_, work(key, chains_.at(key).front()), asio::detached);
}

asio::awaitable<void> Composer::work(ChainKey key, store::Order order) {
  for (int attempt = 0;; ++attempt) {
    while (!is_ready(order.reporter) && !stopping_)
      co_await sleep_for(audience_look);
    if (stopping_) co_return;
    const Result<void> done = co_await compose(key, order, attempt);
    if (done) co_return;
    log_.warning("composer",
                 order.reporter + ": " + id_of(*order.event) + " is tried again: " + done.error().what);
    co_await sleep_for(done.error().retry_after.value_or(
        std::chrono::duration_cast<std::chrono::seconds>(delay_before(attempt))));
  }
}

// A bot that a reload has made anew would say that nobody subscribed.
bool Composer::is_ready(const std::string& reporter) const {
  const RosterEntry* entry = roster_->find(reporter);
  return entry == nullptr || entry->ready();
}

Task<void> Composer::compose(const ChainKey& key, const store::Order& order, int attempt) {
  const RosterPtr roster = roster_;
  const RosterEntry* entry = roster->find(order.reporter);
  if (entry == nullptr) {  // taken out by a reload meanwhile: the order stays in the store
    pending_.erase(order.id);
    release(key);
    co_return ok();
  }
  auto assembled = co_await assemble(*entry, order, {find_master_, store_, logs_},
                                     attempt >= attempts_before_giving_up_details);
  if (!assembled) co_return tl::unexpected<Failure>(assembled.error());
  std::vector<std::string> notes = assembled->notes;
  auto deliveries = co_await entry->reporter->compose(*assembled);
  if (!deliveries) co_return tl::unexpected<Failure>(deliveries.error());
  const auto rows =
      std::make_shared<const std::vector<store::NewDelivery>>(to_rows(std::move(*deliveries), notes, log_));
  // The store works in the order of calls, so the next of the chain may start as soon as this one is handed
  // over.
  asio::post(io_, [this, key] { release(key); });
  auto composed = co_await store_.compose(order, rows, clock_.now());
  while (!composed) {
    log_.error("composer", "cannot store the deliveries of " + order.reporter + ": " + composed.error().what);
    co_await sleep_for(composed.error().retry_after.value_or(std::chrono::seconds(5)));
    if (stopping_) co_return ok();
    composed = co_await store_.compose(order, rows, clock_.now());
  }
  pending_.erase(order.id);
  ++composed_;
  courier_.add(order, *rows, *composed);
  co_return ok();
}

void Composer::release(const ChainKey& key) {
  const auto at = chains_.find(key);
  if (at == chains_.end()) return;
  at->second.pop_front();
  if (at->second.empty()) {
    chains_.erase(at);
  } else {
    start_next(key);
  }
}

}  // namespace carillon::pipeline
