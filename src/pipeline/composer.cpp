#include "pipeline/composer.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "model/build.hpp"
#include "pipeline/assemble.hpp"
#include "pipeline/silence_again.hpp"
#include "pipeline/silence_summary.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::size_t page = 500;
constexpr std::size_t max_recovered =
    20'000;  // notifications in memory; above this, nothing new comes in either
constexpr std::size_t max_recovered_bytes = std::size_t{128} << 20U;
constexpr std::chrono::milliseconds page_look{20};
constexpr std::chrono::seconds feed_again{5};            // after a failure
constexpr std::chrono::milliseconds page_patience{100};  // without any progress
constexpr std::chrono::milliseconds audience_look{20};
constexpr int attempts_before_giving_up_details = 6;  // about a minute
constexpr int deaths_before_plain = 2;
constexpr int deaths_before_setting_aside = 3;
constexpr int throws_before_setting_aside = 4;
// By deaths. A kill -9 soon after each start (a script, a machine in trouble) would always meet the same
// notification, for it comes first: by then it has not begun. What kills by itself does so after the wait as
// well.
constexpr std::array<std::chrono::seconds, deaths_before_setting_aside> wait_before_alone{
    std::chrono::seconds(0), std::chrono::seconds(1), std::chrono::seconds(3)};
constexpr std::chrono::seconds alone_patience{10};  // one that waits for its master is no reason to wait
constexpr std::chrono::seconds all_alone_patience{30};

std::string lane_of(const Notification& notification) {
  std::string key = notification.reporter;
  key += '\0';
  key += notification.event->source;
  key += '\0';
  key += BuildView(notification.event->body).builder().value_or("");
  return key;
}

std::chrono::milliseconds delay_before(int attempt) {
  return std::chrono::seconds(1) * (1 << std::min(attempt, 5));
}

std::string times(int count) {
  return count == 1 ? "once" : count == 2 ? "twice" : std::to_string(count) + " times";
}

std::string death_text(int deaths) {
  return "Carillon ended " + times(deaths) + " while it was worded";
}

void add_notes(std::vector<Delivery>& deliveries, const std::vector<std::string>& notes, const Log& log) {
  for (Delivery& delivery : deliveries) {
    for (const std::string& note : notes)
      delivery.note += (delivery.note.empty() ? "" : "; ") + note;
    // A callback's error may quote anything.
    if (!delivery.note.empty()) delivery.note = log.redacted(delivery.note);
  }
}

}  // namespace

Composer::Composer(asio::any_io_executor io, store::Store& store, Metrics& metrics, const Clock& clock,
                   const Log& log, FindSource find_source, LogFetcher& logs, Begun& begun,
                   const Silences& silences)
    : io_(std::move(io)),
      store_(store),
      metrics_(metrics),
      clock_(clock),
      log_(log),
      find_source_(std::move(find_source)),
      logs_(logs),
      begun_(begun),
      silences_(silences),
      alone_over_(io_) {}

void Composer::stop() {
  stopping_ = true;
  begun_.rest_all();  // whoever ends the process now, it is no notification
}

void Composer::queue(std::vector<Notification> notifications) {
  for (Notification& notification : notifications) {
    if (roster_->find(notification.reporter) == nullptr || !pending_.insert(notification.id).second) continue;
    pending_bytes_ += notification.body ? notification.body->size() : 0;
    const std::string lane = lane_of(notification);
    lanes_.add(lane, std::move(notification), 0, 0);
  }
  pump();
}

asio::awaitable<void> Composer::run() {
  for (auto worded = co_await word_left(); !worded; worded = co_await word_left()) {
    log_.error("composer", "cannot read what earlier processes left: " + worded.error().what);
    co_await sleep_for(feed_again);
  }
  while (!stopping_) {
    auto work = co_await store_.notifications();
    if (!work) {
      log_.error("composer", "cannot read what is to be worded: " + work.error().what);
      co_await sleep_for(feed_again);
      continue;
    }
    if (work->notifications.empty()) co_return;
    queue(std::move(work->notifications));
    if (work->more) co_await let_some_end();
  }
}

Task<void> Composer::word_left() {
  const auto until = std::chrono::steady_clock::now() + all_alone_patience;
  for (const Begun::Left& left : begun_.left()) {
    if (stopping_) co_return ok();
    if (pending_.contains(left.notification)) continue;
    if (left.deaths >= deaths_before_setting_aside) {
      auto done = co_await set_aside(left.notification, death_text(left.deaths));
      if (!done) co_return done;
      continue;
    }
    const auto wait = wait_before_alone.at(static_cast<std::size_t>(std::max(left.deaths, 0)));
    for (auto waited = std::chrono::milliseconds(0); waited < wait && !stopping_; waited += page_look)
      co_await sleep_for(page_look);
    if (stopping_) co_return ok();
    auto done = co_await word_alone(left.notification, until);
    if (!done) co_return done;
  }
  co_return ok();
}

// Only when one is worded at a time, the next death says which one it was.
Task<void> Composer::word_alone(RowId id, std::chrono::steady_clock::time_point until) {
  begun_.take_up(id);
  auto open = co_await store_.open_notification(id);
  if (!open) {
    begun_.rest(id);
    co_return failed(open);
  }
  if (!*open || !begun_.same(**open)) {
    begun_.forget(id);  // stored after all, or dropped by a person
    co_return ok();
  }
  begun_.rest(id);
  const Notification notification = **open;
  if (roster_->find(notification.reporter) == nullptr) co_return ok();
  const int deaths = begun_.deaths(id);
  const bool at_once = !lanes_.has(lane_of(notification));
  if (deaths == 0 || !at_once) {
    queue({notification});
    co_return ok();
  }
  log_.warning("composer", notification.reporter + ": " + id_of(*notification.event) + ": " +
                               death_text(deaths) + "; it is worded alone now" +
                               (deaths < deaths_before_plain ? "" : ", without the configuration's code"));
  alone_ = id;
  alone_over_.expires_at(std::min(until, std::chrono::steady_clock::now() + alone_patience));
  queue({notification});
  if (!alone_) co_return ok();  // it was worded at once
  boost::system::error_code woken;
  co_await alone_over_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  alone_.reset();
  co_return ok();
}

// Unread: it may be what nobody survives.
Task<void> Composer::set_aside(RowId notification, std::string why) {
  auto aside = co_await store_.set_aside(notification, why, clock_.now());
  if (!aside) co_return failed(aside);
  begun_.forget(notification);
  if (!*aside) co_return ok();
  const std::string id = std::to_string((*aside)->delivery);
  log_.error("composer", (*aside)->reporter + ": " + (*aside)->event + " is set aside as dead: " + why +
                             "; `carillon resend " + id + "` words it again");
  metrics_.of((*aside)->reporter).settled(DeliveryState::dead).add();
  co_return ok();
}

// What cannot be worded now (its master is away) holds up others for a moment only, as long as there is room.
asio::awaitable<void> Composer::let_some_end() {
  std::size_t known = composed_;
  auto patience = page_patience;
  const auto full = [this] {
    return pending_.size() > max_recovered || pending_bytes_ > max_recovered_bytes;
  };
  while (full() || (pending_.size() > page && patience.count() > 0)) {
    co_await sleep_for(page_look);
    patience = composed_ == known ? patience - page_look : page_patience;
    known = composed_;
  }
}

void Composer::pump() {
  while (!stopping_) {
    auto lane = lanes_.next(0);
    if (!lane) return;
    const Notification& first = lanes_.first(*lane);
    asio::co_spawn(io_, work(std::move(*lane), first), or_end);
  }
}

asio::awaitable<void> Composer::work(std::string lane, Notification notification) {
  int thrown = 0;
  for (int attempt = 0;; ++attempt) {
    while (!is_ready(notification.reporter) && !stopping_)
      co_await sleep_for(audience_look);
    if (stopping_) co_return;
    const RosterPtr roster = roster_;
    const RosterEntry* entry = roster->find(notification.reporter);
    if (entry == nullptr) {  // taken out by a reload meanwhile: the notification stays in the store
      finish(notification);
      release(lane);
      co_return;
    }
    Result<store::NewDeliveries> rows = store::NewDeliveries();
    std::string bug;
    begun_.begin(notification);
    try {
      rows = co_await word(*entry, notification, attempt);
    } catch (const std::exception& error) {
      bug = error.what();
    }
    rested(notification.id);
    if (bug.empty() && rows && !*rows) {
      const std::string deaths = death_text(begun_.deaths(notification.id));
      co_await give_up(lane, notification,
                       deaths + "; without the configuration's code there is nobody to tell");
      co_return;
    }
    if (bug.empty() && rows) {
      begun_.worded(notification.id);
      // The store works in the order of calls, so the next of the chain may start as soon as this one is
      // handed over.
      asio::post(io_, [this, lane] { release(lane); });
      if (!co_await keep(notification, *rows)) co_return;
      begun_.forget(notification.id);
      finish(notification);
      ++composed_;
      co_return;
    }
    begun_.rest(notification.id);
    if (!bug.empty()) {
      log_.error("composer",
                 notification.reporter + ": " + id_of(*notification.event) + ": internal error: " + bug);
      if (++thrown >= throws_before_setting_aside) {
        co_await give_up(lane, notification, "internal error: " + bug);
        co_return;
      }
      rows = unreachable("internal error: " + bug);
    }
    log_.warning("composer", notification.reporter + ": " + id_of(*notification.event) +
                                 " is tried again: " + rows.error().what);
    const auto asked =
        std::min(rows.error().retry_after.value_or(std::chrono::seconds(0)), longest_asked_pause);
    co_await sleep_for(std::max<std::chrono::milliseconds>(delay_before(attempt), asked));
  }
}

// A bot that a reload has made anew would say that nobody subscribed.
bool Composer::is_ready(const std::string& reporter) const {
  const RosterEntry* entry = roster_->find(reporter);
  return entry == nullptr || entry->ready();
}

Task<store::NewDeliveries> Composer::word(const RosterEntry& entry, const Notification& notification,
                                          int attempt) {
  auto assembled = co_await assemble(entry, notification, {find_source_, store_, logs_},
                                     attempt >= attempts_before_giving_up_details);
  if (!assembled) co_return failed(assembled);
  auto said = co_await say_again(*assembled, entry, notification, silences_, store_);
  if (!said) co_return failed(said);
  std::vector<std::string> notes = assembled->notes;
  const int deaths = begun_.deaths(notification.id);
  assembled->plain = deaths >= deaths_before_plain;
  if (assembled->plain) notes.push_back("worded without the configuration's code: " + death_text(deaths));
  auto deliveries = co_await entry.reporter->compose(*assembled);
  if (!deliveries) co_return failed(deliveries);
  if (deliveries->empty() && assembled->plain) co_return nullptr;
  add_notes(*deliveries, notes, log_);
  if (is_summary(*notification.event)) name_summaries(*deliveries, *assembled);
  hold_back_named(*deliveries, entry, notification, *assembled);
  for (const Delivery& row : *deliveries) {
    // Code or a template of the configuration: somebody should mend it.
    if (row.note.find(" failed, so ") != std::string::npos)
      log_.warning("composer", entry.name + ": " + row.summary + ": " + row.note);
  }
  co_return std::make_shared<const std::vector<Delivery>>(std::move(*deliveries));
}

// What a person had reported again goes out.
void Composer::hold_back_named(std::vector<Delivery>& deliveries, const RosterEntry& entry,
                               const Notification& notification, const reporter::Details& details) const {
  if (silences_.all().empty() || notification.replay != 0 || is_summary(*notification.event)) return;
  std::vector<BuildFacts> builds;
  for (const json::object& build : details.builds)
    builds.push_back(facts_of(build));
  hold_back(deliveries, silences_, entry, builds, notification.heard);
}

// False: the process stops, and the notification stays in the store.
asio::awaitable<bool> Composer::keep(const Notification& notification, store::NewDeliveries rows) {
  auto composed = co_await store_.compose(notification, rows, clock_.now());
  while (!composed) {
    log_.error("composer",
               "cannot store the deliveries of " + notification.reporter + ": " + composed.error().what);
    co_await sleep_for(composed.error().retry_after.value_or(std::chrono::seconds(5)));
    if (stopping_) co_return false;
    composed = co_await store_.compose(notification, rows, clock_.now());
  }
  count(notification.reporter, *rows, *composed);
  co_return true;
}

void Composer::count(const std::string& reporter, const std::vector<Delivery>& rows,
                     const store::Composed& composed) {
  ReporterMetrics& metrics = metrics_.of(reporter);
  for (std::size_t i = 0; i < composed.deliveries.size(); ++i) {
    const store::ComposedDelivery& made = composed.deliveries[i];
    metrics.settled(DeliveryState::superseded).add(made.superseded.size());
    if (made.id != 0 && rows[i].silence != 0) metrics_.silenced(rows[i].silence).add();
    if (made.waiting || made.id == 0) continue;
    metrics.settled(rows[i].skip ? DeliveryState::skipped : DeliveryState::superseded).add();
  }
}

asio::awaitable<void> Composer::give_up(const std::string& lane, const Notification& notification,
                                        const std::string& why) {
  auto done = co_await set_aside(notification.id, log_.redacted(why));
  while (!done) {
    log_.error("composer",
               "cannot set aside a report of " + notification.reporter + ": " + done.error().what);
    co_await sleep_for(done.error().retry_after.value_or(std::chrono::seconds(5)));
    if (stopping_) co_return;
    done = co_await set_aside(notification.id, log_.redacted(why));
  }
  finish(notification);
  ++composed_;
  release(lane);
}

void Composer::finish(const Notification& notification) {
  if (pending_.erase(notification.id) > 0 && notification.body) pending_bytes_ -= notification.body->size();
}

void Composer::rested(RowId notification) {
  if (alone_ != notification) return;
  alone_.reset();
  alone_over_.cancel();
}

void Composer::release(const std::string& lane) {
  lanes_.settled(lane);
  pump();
}

}  // namespace carillon::pipeline
