#include "pipeline/courier.hpp"

#include <boost/asio/co_spawn.hpp>

namespace carillon::pipeline {
namespace {

constexpr int streak_before_probing = 3;
constexpr int max_probe_backoff = 5;  // a silent target is probed at least every 16 s
constexpr Millis gentle_gap = 1000;   // what services ask for that limit bursts
constexpr std::chrono::milliseconds clock_look{500};
constexpr std::chrono::milliseconds may_act_look{50};
// A target that takes so many at a time need not wait for the store, which notes many in one transaction.
constexpr std::size_t many_at_target = 8;
constexpr std::size_t in_flight_for_each = 4;
constexpr std::size_t max_long_in_flight = 2;  // of one reporter: each needs some 400 KB, and time

}  // namespace

Courier::Courier(asio::any_io_executor io, store::Store& store, const Clock& clock, const Log& log,
                 Metrics& metrics, std::uint64_t seed)
    : io_(std::move(io)), store_(store), clock_(clock), log_(log), metrics_(metrics), random_(seed) {}

Courier::~Courier() = default;

ReporterQueue& Courier::queue_of(const std::string& reporter) {
  auto& queue = queues_[reporter];
  if (!queue) {
    queue = std::make_unique<ReporterQueue>(io_);
    queue->name = reporter;
    queue->metrics = &metrics_.of(reporter);
  }
  return *queue;
}

void Courier::set_roster(const RosterPtr& roster) {
  for (auto& [name, queue] : queues_)
    queue->reporter.reset();
  for (const auto* list : {&roster->draining, &roster->entries}) {
    for (const RosterEntry& entry : *list) {
      ReporterQueue& queue = queue_of(entry.name);
      queue.reporter = entry.reporter;
      entry.reporter->when_back([this, &queue] {
        target_is_back(queue);
        pump(queue);
      });
    }
  }
  join_accounts();
  for (auto& [name, queue] : queues_)
    pump(*queue);
}

// A reporter without an account of its own name keeps the pause it has.
void Courier::join_accounts() {
  for (auto& [name, queue] : queues_) {
    if (!queue->reporter) continue;
    const std::string account = queue->reporter->account();
    if (account.empty()) continue;
    auto& shared = accounts_[account];
    if (!shared) shared = std::make_shared<Account>();
    if (queue->account == shared) continue;
    shared->paused_until = std::max(shared->paused_until, queue->account->paused_until);
    queue->account = shared;
  }
}

asio::awaitable<void> Courier::watch_clock() {
  while (true) {
    co_await sleep_for(clock_look);
    co_await follow_clock();
    if (!held_ || !store_.may_act()) continue;
    held_ = false;
    for (auto& [name, queue] : queues_)
      pump(*queue);
  }
}

std::optional<Courier::Turn> Courier::next_turn(ReporterQueue& queue, Millis now) {
  if (queue.long_in_flight < max_long_in_flight && !queue.long_waiting.empty()) {
    Turn turn{std::move(queue.long_waiting.front()), true};
    queue.long_waiting.pop_front();
    ++queue.long_in_flight;
    return turn;
  }
  auto lane = queue.lanes.next(now);
  if (!lane) return std::nullopt;
  return Turn{std::move(*lane), false};
}

// Long ones that wait must not take the places of short ones.
bool Courier::may_send(ReporterQueue& queue, Turn& turn, const Delivery& delivery) {
  if (turn.with_files || delivery.files.empty()) return true;
  if (queue.long_in_flight == max_long_in_flight) {
    leave(queue, turn);
    queue.long_waiting.push_back(turn.lane);
    return false;
  }
  ++queue.long_in_flight;
  turn.with_files = true;
  return true;
}

void Courier::leave(ReporterQueue& queue, const Turn& turn) {
  --queue.in_flight;
  if (turn.with_files) --queue.long_in_flight;
  if (turn.settling) --queue.settling;
}

void Courier::leave_target(ReporterQueue& queue, Turn& turn) {
  turn.settling = true;
  ++queue.settling;
  pump(queue);
}

// So many would be sent again after a crash.
std::size_t Courier::most_in_flight(std::size_t limit) const {
  return limit < many_at_target || store_.trouble() ? limit : limit * in_flight_for_each;
}

void Courier::pump(ReporterQueue& queue) {
  if (stopping_ || !queue.reporter || !pauses_known_) return;
  if (!store_.may_act()) {
    held_ = true;  // watch_clock() looks when it may again
    return;
  }
  const Millis now = clock_.now();
  Account& account = *queue.account;
  if (queue.rests_until() <= now) {
    const bool gentle = account.gentle_until > now;
    const bool silent = queue.silent_streak >= streak_before_probing;
    const std::size_t limit = gentle || silent ? 1 : queue.reporter->concurrency();
    const std::size_t most = most_in_flight(limit);
    while (queue.in_flight - queue.settling < limit && queue.in_flight < most &&
           (!gentle || account.next_send <= now)) {
      std::optional<Turn> turn = next_turn(queue, now);
      if (!turn) break;
      ++queue.in_flight;
      if (gentle) account.next_send = now + gentle_gap;
      asio::co_spawn(io_, attempt(queue, std::move(*turn), queue.reporter), or_end);
    }
  }
  arm(queue);
}

void Courier::arm(ReporterQueue& queue) {
  std::optional<Millis> wake = queue.lanes.wake_at();
  const Millis now = clock_.now();
  const Account& account = *queue.account;
  Millis earliest = queue.rests_until();
  if (account.gentle_until > now) earliest = std::max(earliest, account.next_send);
  if (earliest > now && queue.lanes.size() > 0) wake = earliest;
  if (!wake) return;
  queue.timer.expires_after(std::chrono::milliseconds(std::max<Millis>(*wake - now, 1)));
  queue.timer.async_wait([this, &queue](const boost::system::error_code& error) {
    if (!error) pump(queue);
  });
}

asio::awaitable<Result<Receipt>> Courier::send_once(reporter::Reporter& reporter, const Delivery& delivery,
                                                    ReporterMetrics& metrics) {
  const auto begin = std::chrono::steady_clock::now();
  const auto took = [begin] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  metrics.attempts->add();
  try {
    auto answer = co_await reporter.send(delivery);
    metrics.send_seconds->observe(took());
    co_return answer;
  } catch (const std::exception& error) {  // a bug in a reporter must not lose the delivery
    metrics.send_seconds->observe(took());
    co_return unreachable(std::string("internal error: ") + error.what());
  }
}

// A service may echo what it was sent.
Result<Receipt> Courier::redacted(Result<Receipt> outcome) const {
  if (!outcome) {
    outcome.error().what = log_.redacted(outcome.error().what);
    return outcome;
  }
  outcome->answer = log_.redacted(outcome->answer);
  for (ReceiptPart& part : outcome->parts)
    part.answer = log_.redacted(part.answer);
  return outcome;
}

asio::awaitable<void> Courier::attempt(ReporterQueue& queue, Turn turn,
                                       std::shared_ptr<reporter::Reporter> reporter) {
  const RowId id = queue.lanes.first(turn.lane);
  auto loaded = co_await load(queue, id);
  while (!loaded) {
    log_.error("courier", "cannot read delivery " + std::to_string(id) + ": " + loaded.error().what);
    co_await sleep_for(std::chrono::seconds(1));
    loaded = co_await load(queue, id);
  }
  if (!*loaded) {  // superseded or dropped while it waited
    leave(queue, turn);
    queue.lanes.settled(turn.lane);
    pump(queue);
    co_return;
  }
  Loaded& work = **loaded;
  if (!may_send(queue, turn, *work.delivery)) {
    if (!work.delivery->maybe_sent) keep_fresh(id, {std::move(work.delivery), work.created, work.heard});
    pump(queue);
    co_return;
  }
  std::optional<Digest> digested = co_await digest(queue, turn.lane, *reporter, work);
  while (!stopping_ && !store_.may_act())  // it took a while to read
    co_await sleep_for(may_act_look);
  if (!store_.may_act()) {  // for whoever comes
    leave(queue, turn);
    co_return;
  }
  if (work.attempts > 0) queue.metrics->retries->add();
  const Result<Receipt> outcome =
      redacted(co_await send_once(*reporter, digested ? digested->delivery : *work.delivery, *queue.metrics));
  Attempt facts;
  facts.number = work.attempts + 1;
  facts.now = clock_.now();
  facts.created = seen_time_ ? facts.now - seen_time_->since(work.created, facts.now) : work.created;
  facts.give_up_after = reporter->give_up_after();
  facts.longest_pause = reporter->longest_pause();
  facts.random = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  facts.settled = std::move(work.settled);
  Verdict verdict = judge(facts, outcome);
  if (digested) {
    verdict.answer = "in a digest of " + std::to_string(digested->rows.size() + 1) + ": " + verdict.answer;
  }
  if (verdict.state != DeliveryState::delivered) {
    const bool dead = verdict.state == DeliveryState::dead;
    const auto pause = std::to_string((std::max<Millis>(verdict.next_at - facts.now, 0) + 999) / 1000);
    log_.warning("courier",
                 queue.name + " to " + work.delivery->target + ": #" + std::to_string(id) + " (" +
                     work.delivery->summary + ") " + (dead ? "dead: " : "postponed: ") + verdict.answer +
                     (dead ? "" : "; try " + std::to_string(facts.number + 1) + " in " + pause + " s"));
  }
  // Before the delivery is postponed: a kill in between must not forget that the target asked to be left
  // alone.
  if (verdict.pause_until)
    co_await pause(queue, verdict);
  else if (verdict.state == DeliveryState::delivered)
    leave_target(queue, turn);
  co_await settle(queue, id, verdict, work);
  std::size_t settled = 1;
  if (digested) settled += co_await settle_others(queue, *digested, verdict);
  conclude(queue, turn, verdict, settled);
}

asio::awaitable<void> Courier::settle(ReporterQueue& queue, RowId id, const Verdict& verdict,
                                      const Loaded& work) {
  store::Settlement end;
  end.state = verdict.state;
  end.at = clock_.now();
  end.next_at = verdict.next_at;
  end.answer = verdict.answer;
  end.settled = verdict.settled;
  end.keep_attempt = work.attempts > 0 || verdict.state != DeliveryState::delivered;
  while (true) {
    const Result<store::Taken> done = co_await store_.settle(id, end);
    if (done && *done != store::Taken::taken) co_return;  // dropped or superseded meanwhile, and it stays so
    if (done) break;
    log_.error("courier", "cannot settle delivery " + std::to_string(id) + ": " + done.error().what);
    co_await sleep_for(done.error().retry_after.value_or(std::chrono::seconds(5)));
  }
  if (end.state == DeliveryState::waiting) co_return;
  queue.metrics->settled(end.state).add();
  if (end.state == DeliveryState::delivered && work.heard > 0) {
    queue.metrics->delivery_seconds->observe(static_cast<double>(end.at - work.heard) / 1000);
  }
}

double Courier::half_jitter() {
  return std::uniform_real_distribution<double>(0.5, 1.0)(random_);
}

asio::awaitable<void> Courier::pause(ReporterQueue& queue, const Verdict& verdict) {
  Account& account = *queue.account;
  const Millis now = clock_.now();
  const bool delivered = verdict.state == DeliveryState::delivered;
  Millis until = *verdict.pause_until;
  if (!delivered) {
    // Each delivery that waits would have a first attempt: the account as a whole backs off.
    if (account.paused_until <= now) ++account.refusals;
    until = std::max(until, now + backoff(account.refusals, half_jitter()));
  }
  account.paused_until = std::max(account.paused_until, until);
  if (!queue.reporter || !queue.reporter->account().empty()) {
    account.gentle_until = account.paused_until + gentle_time;
  }
  std::vector<std::string> names;  // a row for each, so that whoever looks at one of them sees it
  for (const auto& [name, other] : queues_) {
    if (other->account == queue.account) names.push_back(name);
  }
  for (const std::string& name : names) {
    store::Pause row;
    row.reporter = name;
    row.until = account.paused_until;
    row.why = delivered ? "the account has no calls left (" + verdict.answer + ")" : verdict.answer;
    const Result<void> kept = co_await store_.set_pause(std::move(row));
    if (!kept) log_.error("courier", "cannot store the pause of " + name + ": " + kept.error().what);
  }
}

void Courier::target_is_back(ReporterQueue& queue) {
  if (queue.probes > 0) log_.info("courier", queue.name + " answers again");
  queue.silent_streak = 0;
  queue.probes = 0;
  queue.probe_at = 0;
  queue.lanes.silence_is_over();
}

void Courier::conclude(ReporterQueue& queue, const Turn& turn, const Verdict& verdict, std::size_t settled) {
  const Millis now = clock_.now();
  leave(queue, turn);
  const bool refused = verdict.pause_until && verdict.state != DeliveryState::delivered;
  if (!refused && !verdict.target_silent) queue.account->refusals = 0;
  if (verdict.target_silent) {
    if (queue.silent_streak++ == 0) queue.silent_since = now;
    queue.silent_answer = verdict.answer;
    // Attempts that were under way together fail together: only the first of them lengthens the pause.
    if (queue.silent_streak >= streak_before_probing && queue.probe_at <= now) {
      if (queue.probes == 0) {
        log_.warning("courier",
                     queue.name + " does not answer; what is due is kept and one delivery probes it");
      }
      queue.probes = std::min(queue.probes + 1, max_probe_backoff);
      queue.probe_at = now + backoff(queue.probes, half_jitter());
    }
  } else if (queue.silent_streak > 0) {
    target_is_back(queue);
  }
  if (verdict.state == DeliveryState::waiting) {
    queue.lanes.postponed(turn.lane, verdict.next_at, verdict.target_silent, now);
  } else {
    queue.lanes.settled(turn.lane, settled);
  }
  pump(queue);
}

asio::awaitable<void> Courier::stop(std::chrono::milliseconds grace) {
  stopping_ = true;
  for (auto& [name, queue] : queues_)
    queue->timer.cancel();
  const auto deadline = std::chrono::steady_clock::now() + grace;
  while (in_flight() > 0 && std::chrono::steady_clock::now() < deadline)
    co_await sleep_for(std::chrono::milliseconds(10));
  co_await keep_seen_time(clock_.now());
}

}  // namespace carillon::pipeline
