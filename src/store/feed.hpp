// The next work: whoever made it, this process or another, now or before the start.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "model/delivery.hpp"
#include "model/notification.hpp"

namespace carillon::store {

// A delivery that is to be sent.
struct WaitingDelivery {
  RowId id = 0;
  std::string reporter;
  std::string lane;
  Millis next_at = 0;

  // Of one that this process has just stored, and that nobody has tried to send: the delivery itself. Null:
  // Outbox::load() reads it.
  std::shared_ptr<const Delivery> fresh;
  Millis created = 0;
  // As StoredDelivery::heard.
  Millis heard = 0;
};

// Those of one reporter and builder in the order of their events.
struct NotificationWork {
  // At most some hundred, and not much more than fits into some MB. Empty: the store was closed.
  std::vector<Notification> notifications;
  // They were read from the store, where more of them may wait: a reader that has enough may take its time.
  bool more = false;
};

struct DeliveryWork {
  // Those of one lane in the order they go out. One that was yielded before may come again.
  std::vector<WaitingDelivery> waiting;
  // What is known of these, also by `waiting` above, is out of date: a person has dropped them or sends them
  // again, or a later state has superseded them.
  std::vector<RowId> changed;
  // The same of everything of these reporters.
  std::vector<std::string> changed_reporters;
  // A person has ended a pause.
  bool pauses = false;
};

// The two kinds of work are read side by side, each by one reader at its own pace: wording may have to wait
// (for a source that is away) while sending goes on.
//
// What the store held at the start comes first, then what is new. Work that was yielded and not done (the
// process was killed) comes again at the next start, and only then.
//
// Failure: as Store's; nothing is lost then, and the next call goes on.
class Feed {
 public:
  virtual ~Feed() = default;

  // Waits until there are notifications to word.
  virtual Task<NotificationWork> notifications() = 0;

  // Waits until something is to be sent, or has changed. Nothing at all: the store was closed.
  virtual Task<DeliveryWork> deliveries() = 0;

  // Open notifications of these reporters come again: nobody could word them when they came (the reporters
  // were not in the configuration).
  virtual void again(std::vector<std::string> reporters) = 0;

  // Looks at once for what other processes have changed; without it, they are noticed within half a second.
  virtual Task<void> look() = 0;

  // How much is known that was not yielded yet: for back-pressure. 0: nothing.
  virtual std::size_t pending() const = 0;
};

}  // namespace carillon::store
