// Work under way: wording done, sending done, and what holds it up.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "model/delivery.hpp"
#include "model/notification.hpp"

namespace carillon::store {

// Whether a step took effect.
enum class Taken {
  taken,
  // Somebody else (a person, a later state) was there before: nothing was written but what says that a
  // delivery arrived after all.
  changed,
  // This process does not own the work any more; nothing was written. Not with a store of one process.
  fenced,
};

// Shared, so that the store, a second try and the courier use one copy of the payloads.
using NewDeliveries = std::shared_ptr<const std::vector<Delivery>>;

// What became of a composed delivery.
struct ComposedDelivery {
  RowId id = 0;
  // False: the key exists already, or a later state of its status is known.
  bool waiting = false;
  // Waiting ones that this one made obsolete.
  std::vector<RowId> superseded;
};

struct Composed {
  Taken taken = Taken::taken;
  // One for each delivery, in order; empty unless taken.
  std::vector<ComposedDelivery> deliveries;
};

// Everything that an attempt needs.
struct StoredDelivery {
  RowId id = 0;
  DeliveryState state = DeliveryState::waiting;
  // `settled` as it is stored: '!' marks parts that were refused for good.
  Delivery delivery;
  int attempts = 0;
  Millis created = 0;
  // When its event was stored; 0: it was reported again since (carillon replay).
  Millis heard = 0;
};

// The end of one attempt.
struct Settlement {
  // waiting: postponed.
  DeliveryState state = DeliveryState::delivered;
  Millis at = 0;
  // When waiting.
  Millis next_at = 0;
  // One line.
  std::string answer;
  // All parts settled so far.
  std::vector<std::string> settled;
  // Also into the list of attempts (anything but a first attempt that worked).
  bool keep_attempt = false;
};

struct Pause {
  std::string reporter;
  Millis until = 0;
  std::string why;
  // Whoever holds it up; empty: its target asked for it.
  std::string by = {};
};

// The one that holds up the reporter at that time: of several the one that ends last. nullopt: none does.
std::optional<Pause> pause_of(const std::vector<Pause>& pauses, const std::string& reporter, Millis now);
// The reporters of which one that holds up this one holds up all, by name: those of one account were paused
// by one answer. Empty: nothing holds it up.
std::vector<std::string> paused_together(const std::vector<Pause>& pauses, const std::string& reporter,
                                         Millis now);

// Undelivered work of one reporter.
struct OpenWork {
  std::string reporter;
  // Not worded yet.
  std::size_t notifications = 0;
  // Waiting.
  std::size_t deliveries = 0;
};

// A notification that is not to be worded any more.
struct SetAside {
  // What it left behind.
  RowId delivery = 0;
  std::string reporter;
  // id_of().
  std::string event;
};

// Failures of all functions: as Store's.
class Outbox {
 public:
  virtual ~Outbox() = default;

  // One notification that is not composed yet; nullopt: it is, or was dropped.
  virtual Task<std::optional<Notification>> open_notification(RowId id) = 0;

  // One transaction: closes the notification and stores its deliveries, superseding as Delivery::status says.
  // Of a replayed one none is stored that waits already. The feed yields those that wait. changed: it was
  // dropped by a person meanwhile.
  virtual Task<Composed> compose(Notification notification, NewDeliveries deliveries, Millis now) = 0;

  // One transaction: closes the notification unread. A dead delivery stays, with the reason as its answer;
  // resend makes a notification of it again. nullopt: it is not open any more.
  virtual Task<std::optional<SetAside>> set_aside(RowId notification, std::string why, Millis now) = 0;

  // changed: it was superseded or dropped while it was under way, and stays so unless it was delivered.
  virtual Task<Taken> settle(RowId id, Settlement settlement) = 0;
  virtual Task<std::optional<StoredDelivery>> load(RowId id) = 0;

  // A pause that a target asked for, kept across restarts. until 0 removes it.
  virtual Task<void> set_pause(Pause pause) = 0;
  // Those, and those that people made (Ledger::hold).
  virtual Task<std::vector<Pause>> pauses() = 0;

  // Reporters with undelivered work, by name.
  virtual Task<std::vector<OpenWork>> open_work() = 0;
  virtual Task<bool> has_open_work(std::string reporter) = 0;

  // When these deliveries were composed, in the same order; 0 for one that is not there.
  virtual Task<std::vector<Millis>> created(std::vector<RowId> deliveries) = 0;
};

}  // namespace carillon::store
