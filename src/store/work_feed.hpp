// The feed of every store: what this process has just stored comes from memory, all else is read.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/feed.hpp"
#include "store/outbox.hpp"
#include "store/signal.hpp"

namespace carillon::store {

// What a feed asks of its store. Failures: as Store's.
class FeedReader {
 public:
  virtual ~FeedReader() = default;

  // Open notifications with numbers above `after`, in order: at most `limit`, and no more than fit into some
  // MB. Empty: there are no more. after 0: what others have noted so far of notifications is forgotten.
  virtual Task<std::vector<Notification>> read_notifications(RowId after, std::size_t limit) = 0;
  // The same of one reporter.
  virtual Task<std::vector<Notification>> read_notifications_of(std::string reporter, RowId after,
                                                                std::size_t limit) = 0;
  // The oldest ones that others have noted, at most `limit`; they are noted no longer. Empty: there are none.
  virtual Task<std::vector<Notification>> take_changed_notifications(std::size_t limit) = 0;
  // All that wait; what others have noted so far of deliveries is forgotten.
  virtual Task<std::vector<WaitingDelivery>> read_waiting() = 0;
  // What others have noted that is not about notifications, with the deliveries that wait because of it; it
  // is noted no longer.
  virtual Task<DeliveryWork> take_changed_deliveries() = 0;
  // Whether others may have changed anything since the last call.
  virtual Task<bool> changed() = 0;
};

// On the io thread. The store hands over what it has stored in the order of the
// transactions, each after its commit: what is handed over before the first reading was over is
// found by that reading.
class WorkFeed final {
 public:
  // poll: how often it looks for what other processes have changed. The reader outlives this.
  WorkFeed(asio::any_io_executor io, FeedReader& reader, std::chrono::milliseconds poll);

  // As those of Feed.
  Task<NotificationWork> notifications();
  Task<DeliveryWork> deliveries();
  Task<void> look();
  void again(std::vector<std::string> reporters);
  std::size_t pending() const;
  // As Silences::silences_changed(); anything that others write may be about them.
  Task<void> silences_changed(std::chrono::milliseconds most);

  void stored(std::vector<Notification> notifications);
  void stored(const Notification& of, const NewDeliveries& rows, const Composed& composed, Millis now);
  void close();

 private:
  // Open notifications of one reporter that come again.
  struct Again {
    std::string reporter;
    RowId after = 0;
  };

  class Reading;

  FeedReader& reader_;
  std::chrono::milliseconds poll_;
  // How often what others have changed is being read.
  std::shared_ptr<std::size_t> reading_ = std::make_shared<std::size_t>(0);

  Signal notified_;
  // All that the store held at the start.
  bool notifications_read_ = false;
  // Until then: read up to here.
  RowId after_ = 0;
  std::deque<Notification> fresh_;
  std::deque<Again> again_;
  // By another process.
  bool notifications_changed_ = false;

  Signal delivered_;
  bool deliveries_read_ = false;
  DeliveryWork work_;
  bool deliveries_changed_ = false;
  // For what others have changed.
  std::chrono::steady_clock::time_point looked_at_;

  Signal silenced_;

  bool closed_ = false;
};

}  // namespace carillon::store
