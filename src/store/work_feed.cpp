#include "store/work_feed.hpp"

#include <iterator>
#include <utility>

namespace carillon::store {
namespace {

constexpr std::size_t page = 500;

bool is_empty(const DeliveryWork& work) {
  return work.waiting.empty() && work.changed.empty() && work.changed_reporters.empty() && !work.pauses;
}

void append(DeliveryWork& work, DeliveryWork more) {
  const auto add = [](auto& all, auto& some) {
    std::move(some.begin(), some.end(), std::back_inserter(all));
  };
  add(work.waiting, more.waiting);
  add(work.changed, more.changed);
  add(work.changed_reporters, more.changed_reporters);
  work.pauses = work.pauses || more.pauses;
}

}  // namespace

// Until what was read is given away. Its coroutine may end after the feed.
class WorkFeed::Reading {
 public:
  explicit Reading(std::shared_ptr<std::size_t> count) : count_(std::move(count)) { ++*count_; }
  ~Reading() { --*count_; }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  std::shared_ptr<std::size_t> count_;
};

WorkFeed::WorkFeed(asio::any_io_executor io, FeedReader& reader, std::chrono::milliseconds poll)
    : reader_(reader), poll_(poll), notified_(io), delivered_(io), silenced_(io) {}

Task<NotificationWork> WorkFeed::notifications() {
  while (!closed_) {
    NotificationWork work;
    if (!notifications_read_) {
      auto read_page = co_await reader_.read_notifications(after_, page);
      if (!read_page) co_return failed(read_page);
      notifications_read_ = read_page->empty();
      if (notifications_read_) continue;
      after_ = read_page->back().id;
      work.notifications = std::move(*read_page);
      work.more = true;
      co_return work;
    }
    if (!fresh_.empty()) {
      const auto end = fresh_.begin() + static_cast<std::ptrdiff_t>(std::min(fresh_.size(), page));
      std::move(fresh_.begin(), end, std::back_inserter(work.notifications));
      fresh_.erase(fresh_.begin(), end);
      co_return work;
    }
    if (!again_.empty()) {
      auto read_page =
          co_await reader_.read_notifications_of(again_.front().reporter, again_.front().after, page);
      if (!read_page) co_return failed(read_page);
      if (read_page->empty()) {
        again_.pop_front();
        continue;
      }
      again_.front().after = read_page->back().id;
      work.notifications = std::move(*read_page);
      work.more = true;
      co_return work;
    }
    if (std::exchange(notifications_changed_, false)) {
      const Reading reading(reading_);
      auto changed = co_await reader_.take_changed_notifications(page);
      if (!changed || !changed->empty()) notifications_changed_ = true;
      if (!changed) co_return failed(changed);
      if (changed->empty()) continue;
      work.notifications = std::move(*changed);
      work.more = true;
      co_return work;
    }
    co_await notified_.wait();
  }
  co_return NotificationWork();
}

Task<DeliveryWork> WorkFeed::deliveries() {
  while (!closed_) {
    if (!deliveries_read_) {
      auto rows = co_await reader_.read_waiting();
      if (!rows) co_return failed(rows);
      deliveries_read_ = true;
      looked_at_ = std::chrono::steady_clock::now();
      DeliveryWork work;
      work.waiting = std::move(*rows);
      work.pauses = true;
      co_return work;
    }
    // By the clock, not only when there is nothing else to do: under load there always is.
    if (const auto now = std::chrono::steady_clock::now(); now - looked_at_ >= poll_) {
      looked_at_ = now;
      auto looked = co_await look();
      if (!looked && is_empty(work_)) co_return failed(looked);
    }
    if (std::exchange(deliveries_changed_, false)) {
      const Reading reading(reading_);
      auto changed = co_await reader_.take_changed_deliveries();
      if (!changed) {
        deliveries_changed_ = true;
        co_return failed(changed);
      }
      append(work_, std::move(*changed));
    }
    if (!is_empty(work_)) co_return std::exchange(work_, {});
    co_await delivered_.wait_for(poll_);
  }
  co_return DeliveryWork();
}

Task<void> WorkFeed::look() {
  const auto changed = co_await reader_.changed();
  if (!changed) co_return failed(changed);
  if (!*changed || closed_) co_return ok();
  notifications_changed_ = deliveries_changed_ = true;
  notified_.raise();
  delivered_.raise();
  silenced_.raise();
  co_return ok();
}

Task<void> WorkFeed::silences_changed(std::chrono::milliseconds most) {
  if (!closed_) co_await silenced_.wait_for(most);
  co_return ok();
}

void WorkFeed::again(std::vector<std::string> reporters) {
  for (std::string& reporter : reporters)
    again_.push_back({std::move(reporter), 0});
  if (!again_.empty()) notified_.raise();
}

std::size_t WorkFeed::pending() const {
  return *reading_ + fresh_.size() + work_.waiting.size() + work_.changed.size() + again_.size() +
         (notifications_changed_ ? 1 : 0) + (deliveries_changed_ ? 1 : 0) + (notifications_read_ ? 0 : 1) +
         (deliveries_read_ ? 0 : 1);
}

void WorkFeed::stored(std::vector<Notification> notifications) {
  if (!notifications_read_ || notifications.empty()) return;
  std::move(notifications.begin(), notifications.end(), std::back_inserter(fresh_));
  notified_.raise();
}

void WorkFeed::stored(const Notification& of, const NewDeliveries& rows, const Composed& composed,
                      Millis now) {
  if (!deliveries_read_) return;
  for (std::size_t i = 0; i < composed.deliveries.size(); ++i) {
    const ComposedDelivery& made = composed.deliveries[i];
    work_.changed.insert(work_.changed.end(), made.superseded.begin(), made.superseded.end());
    if (!made.waiting) continue;
    const Delivery& row = (*rows)[i];
    WaitingDelivery waiting;
    waiting.id = made.id;
    waiting.reporter = of.reporter;
    waiting.lane = row.lane;
    waiting.next_at = now;
    waiting.fresh = std::shared_ptr<const Delivery>(rows, &row);
    waiting.created = now;
    // A replay says nothing of how long we take.
    waiting.heard = of.replay == 0 ? of.heard : 0;
    work_.waiting.push_back(std::move(waiting));
  }
  if (!is_empty(work_)) delivered_.raise();
}

void WorkFeed::close() {
  closed_ = true;
  notified_.raise();
  delivered_.raise();
  silenced_.raise();
}

}  // namespace carillon::store
