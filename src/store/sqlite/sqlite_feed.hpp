// The feed of the SQLite store: what this process has just stored comes from memory, all else from the file.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "store/feed.hpp"
#include "store/outbox.hpp"
#include "store/sqlite/signal.hpp"
#include "store/sqlite/worker.hpp"

namespace carillon::store {

// On the io thread, except where said. The store hands over what it has stored in the order of the
// transactions, each after its commit: what is handed over before the first reading from the file was over is
// found by that reading.
class SqliteFeed final {
 public:
  // poll: how often the file is looked at for what other processes have changed. The worker outlives this.
  SqliteFeed(asio::any_io_executor io, Worker& worker, std::int64_t data_version,
             std::chrono::milliseconds poll);

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

  template <class T, class F>
  Task<T> read(F work) {
    return worker_.perform(std::function<T(Database&)>(std::move(work)));
  }

  Worker& worker_;
  std::chrono::milliseconds poll_;
  // Touched by the store's thread only.
  std::int64_t data_version_;

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
