#include "pipeline/courier.hpp"

#include <boost/asio/co_spawn.hpp>
#include <unordered_set>

#include "pipeline/payload_files.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::size_t max_fresh_bytes = std::size_t{16} << 20U;
constexpr int streak_before_probing = 3;
constexpr int max_probe_backoff = 5;    // a silent target is probed at least every 16 s
constexpr Millis gentle_time = 60'000;  // after a pause of an account
constexpr Millis gentle_gap = 1000;     // what services ask for that limit bursts
constexpr Millis longest_known_pause = Millis{24} * 3600 * 1000;  // of a reporter that is not configured
constexpr std::chrono::milliseconds ledger_poll{500};
constexpr std::size_t max_long_in_flight = 2;  // of one reporter: each needs some 400 KB, and time

std::vector<std::string> plain_names(const std::vector<std::string>& settled) {
  std::vector<std::string> names;
  for (const std::string& name : settled)
    names.push_back(name.starts_with('!') ? name.substr(1) : name);
  return names;
}

}  // namespace

Courier::Courier(asio::any_io_executor io, store::Store& store, const Clock& clock, const Log& log,
                 Meters& meters, std::uint64_t seed)
    : io_(std::move(io)), store_(store), clock_(clock), log_(log), meters_(meters), random_(seed) {}

Courier::~Courier() = default;

Desk& Courier::desk_of(const std::string& reporter) {
  auto& desk = desks_[reporter];
  if (!desk) {
    desk = std::make_unique<Desk>(io_);
    desk->name = reporter;
    desk->meters = &meters_.of(reporter);
  }
  return *desk;
}

void Courier::set_roster(const RosterPtr& roster) {
  for (auto& [name, desk] : desks_)
    desk->reporter.reset();
  for (const auto* list : {&roster->retiring, &roster->entries}) {
    for (const RosterEntry& entry : *list) {
      Desk& desk = desk_of(entry.name);
      desk.reporter = entry.reporter;
      entry.reporter->when_back([this, &desk] {
        target_is_back(desk);
        pump(desk);
      });
    }
  }
  join_accounts();
  for (auto& [name, desk] : desks_)
    pump(*desk);
}

// A reporter without an account of its own name keeps the pause it has.
void Courier::join_accounts() {
  for (auto& [name, desk] : desks_) {
    if (!desk->reporter) continue;
    const std::string account = desk->reporter->account();
    if (account.empty()) continue;
    auto& shared = accounts_[account];
    if (!shared) shared = std::make_shared<Account>();
    if (desk->account == shared) continue;
    shared->paused_until = std::max(shared->paused_until, desk->account->paused_until);
    desk->account = shared;
  }
}

void Courier::add(const store::Order& order, const std::vector<store::NewDelivery>& rows,
                  const std::vector<store::ComposedDelivery>& composed) {
  Desk& desk = desk_of(order.reporter);
  const Millis now = clock_.now();
  for (std::size_t i = 0; i < composed.size(); ++i) {
    for (const store::RowId obsolete : composed[i].superseded) {
      if (const auto at = fresh_.find(obsolete); at != fresh_.end()) {
        fresh_bytes_ -= at->second.delivery.payload.size();
        fresh_.erase(at);  // its turn reads the row, sees that it is superseded, and passes
      }
    }
    const store::NewDelivery& row = rows[i];
    desk.meters->settled(store::State::superseded).add(composed[i].superseded.size());
    if (!composed[i].waiting) {
      if (composed[i].id != 0)
        desk.meters->settled(row.skip ? store::State::skipped : store::State::superseded).add();
      continue;
    }
    if (fresh_bytes_ + row.payload.size() <= max_fresh_bytes) {
      Fresh fresh;
      fresh.delivery.key = row.key;
      fresh.delivery.lane = row.lane;
      fresh.delivery.status = row.status;
      fresh.delivery.rank = row.rank;
      fresh.delivery.target = row.target;
      fresh.delivery.summary = row.summary;
      fresh.delivery.note = row.note;
      fresh.delivery.payload = row.payload;
      fresh.delivery.files = payload_files(row.files);
      fresh.created = now;
      fresh.heard = order.replay == 0 ? order.heard : 0;  // a replay says nothing of how long we take
      keep_fresh(composed[i].id, std::move(fresh));
    }
    desk.queues.add(row.lane, composed[i].id, now, now);
  }
  pump(desk);
}

void Courier::add_dead(const std::string& reporter) {
  desk_of(reporter).meters->settled(store::State::dead).add();
}

void Courier::keep_fresh(store::RowId id, Fresh fresh) {
  fresh_bytes_ += fresh.delivery.payload.size();
  fresh_.emplace(id, std::move(fresh));
}

Task<void> Courier::recover() {
  auto rows = co_await store_.waiting();
  if (!rows) co_return tl::unexpected<Failure>(rows.error());
  auto pauses = co_await store_.pauses();
  if (!pauses) co_return tl::unexpected<Failure>(pauses.error());
  if (auto read = co_await read_seen_time(); !read) co_return read;
  const Millis now = clock_.now();
  for (store::Pause& shorter : take_pauses(*std::move(pauses), now)) {
    const Result<void> kept = co_await store_.set_pause(std::move(shorter));
    if (!kept) co_return tl::unexpected<Failure>(kept.error());
  }
  std::unordered_set<store::RowId> known;
  for (const store::WaitingDelivery& row : *rows) {
    known.insert(row.id);
    // Who asked for a longer rest is paused; without that, the clock was put back meanwhile.
    desk_of(row.reporter).queues.add(row.lane, row.id, std::min(row.next_at, now + longest_backoff), now);
  }
  // What another process dropped must be read again before it is sent.
  for (auto at = fresh_.begin(); at != fresh_.end();) {
    if (known.contains(at->first)) {
      ++at;
    } else {
      fresh_bytes_ -= at->second.delivery.payload.size();
      at = fresh_.erase(at);
    }
  }
  for (auto& [name, desk] : desks_)
    pump(*desk);
  co_return ok();
}

std::vector<store::Pause> Courier::take_pauses(std::vector<store::Pause> pauses, Millis now) {
  std::vector<store::Pause> shortened;
  std::unordered_set<Account*> paused;
  for (auto& [name, desk] : desks_) {
    if (desk->account->paused_until > now) paused.insert(desk->account.get());
    desk->account->paused_until = 0;
  }
  for (store::Pause& pause : pauses) {
    const Desk& desk = desk_of(pause.reporter);
    Account& account = *desk.account;
    // An earlier version may have stored a year, and the clock may have been put back.
    const Millis latest = now + (desk.reporter ? desk.reporter->longest_pause() : longest_known_pause);
    if (pause.until > latest) {
      pause.until = latest;
      shortened.push_back(pause);
    }
    account.paused_until = std::max(account.paused_until, pause.until);
    if (!desk.reporter || desk.reporter->account().empty()) continue;
    account.gentle_until = account.paused_until + gentle_time;
  }
  for (Account* account : paused) {  // a person ended it
    if (account->paused_until > now) continue;
    account->gentle_until = std::min(account->gentle_until, now + gentle_time);
    account->refusals = 0;
  }
  return shortened;
}

asio::awaitable<void> Courier::watch_ledger(std::function<void()> changed_elsewhere) {
  while (true) {
    co_await sleep_for(ledger_poll);
    co_await follow_clock();
    const auto changed = co_await store_.changed_elsewhere();
    if (!changed || !*changed) continue;
    co_await recover();
    if (changed_elsewhere) changed_elsewhere();
  }
}

std::optional<Courier::Turn> Courier::next_turn(Desk& desk, Millis now) {
  if (desk.long_in_flight < max_long_in_flight && !desk.long_waiting.empty()) {
    Turn turn{std::move(desk.long_waiting.front()), true};
    desk.long_waiting.pop_front();
    ++desk.long_in_flight;
    return turn;
  }
  auto lane = desk.queues.next(now);
  if (!lane) return std::nullopt;
  return Turn{std::move(*lane), false};
}

// Long ones that wait must not take the places of short ones.
bool Courier::may_send(Desk& desk, Turn& turn, const reporter::Delivery& delivery) {
  if (turn.with_files || delivery.files.empty()) return true;
  if (desk.long_in_flight == max_long_in_flight) {
    leave(desk, turn);
    desk.long_waiting.push_back(turn.lane);
    return false;
  }
  ++desk.long_in_flight;
  turn.with_files = true;
  return true;
}

void Courier::leave(Desk& desk, const Turn& turn) {
  --desk.in_flight;
  if (turn.with_files) --desk.long_in_flight;
}

void Courier::pump(Desk& desk) {
  if (stopping_ || !desk.reporter) return;
  const Millis now = clock_.now();
  Account& account = *desk.account;
  if (desk.probe_at <= now && account.paused_until <= now) {
    const bool gentle = account.gentle_until > now;
    const bool silent = desk.silent_streak >= streak_before_probing;
    const std::size_t limit = gentle || silent ? 1 : desk.reporter->concurrency();
    while (desk.in_flight < limit && (!gentle || account.next_send <= now)) {
      std::optional<Turn> turn = next_turn(desk, now);
      if (!turn) break;
      ++desk.in_flight;
      if (gentle) account.next_send = now + gentle_gap;
      asio::co_spawn(io_, attempt(desk, std::move(*turn), desk.reporter), or_end);
    }
  }
  arm(desk);
}

void Courier::arm(Desk& desk) {
  std::optional<Millis> wake = desk.queues.wake_at();
  const Millis now = clock_.now();
  const Account& account = *desk.account;
  Millis earliest = std::max(desk.probe_at, account.paused_until);
  if (account.gentle_until > now) earliest = std::max(earliest, account.next_send);
  if (earliest > now && desk.queues.waiting() > 0) wake = earliest;
  if (!wake) return;
  desk.timer.expires_after(std::chrono::milliseconds(std::max<Millis>(*wake - now, 1)));
  desk.timer.async_wait([this, &desk](const boost::system::error_code& error) {
    if (!error) pump(desk);
  });
}

Task<std::optional<Courier::Loaded>> Courier::load(Desk& desk, store::RowId id) {
  Loaded loaded;
  if (const auto at = fresh_.find(id); at != fresh_.end()) {
    loaded.delivery = std::move(at->second.delivery);
    loaded.created = at->second.created;
    loaded.heard = at->second.heard;
    fresh_bytes_ -= loaded.delivery.payload.size();
    fresh_.erase(at);
    co_return loaded;
  }
  auto row = co_await store_.load(id);
  if (!row) co_return tl::unexpected<Failure>(row.error());
  if (*row && (*row)->state == store::State::dropped) desk.meters->settled(store::State::dropped).add();
  if (!*row || (*row)->state != store::State::waiting) co_return std::nullopt;
  store::StoredDelivery& stored = **row;
  loaded.delivery.key = std::move(stored.key);
  loaded.delivery.lane = std::move(stored.lane);
  loaded.delivery.status = std::move(stored.status);
  loaded.delivery.rank = stored.rank;
  loaded.delivery.target = std::move(stored.target);
  loaded.delivery.summary = std::move(stored.summary);
  loaded.delivery.note = std::move(stored.note);
  loaded.delivery.payload = std::move(stored.payload);
  loaded.delivery.files = payload_files(stored.files);
  loaded.delivery.settled = plain_names(stored.settled);
  // It is not known of a first attempt whether an earlier process had begun it.
  loaded.delivery.maybe_sent = true;
  loaded.settled = std::move(stored.settled);
  loaded.attempts = stored.attempts;
  loaded.created = stored.created;
  loaded.heard = stored.heard;
  co_return loaded;
}

asio::awaitable<Result<reporter::Receipt>> Courier::send_once(reporter::Reporter& reporter,
                                                              const reporter::Delivery& delivery,
                                                              ReporterMeters& meters) {
  const auto begin = std::chrono::steady_clock::now();
  const auto took = [begin] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  meters.attempts->add();
  try {
    auto answer = co_await reporter.send(delivery);
    meters.send_seconds->observe(took());
    co_return answer;
  } catch (const std::exception& error) {  // a bug in a reporter must not lose the delivery
    meters.send_seconds->observe(took());
    co_return unreachable(std::string("internal error: ") + error.what());
  }
}

// A service may echo what it was sent.
Result<reporter::Receipt> Courier::redacted(Result<reporter::Receipt> outcome) const {
  if (!outcome) {
    outcome.error().what = log_.redacted(outcome.error().what);
    return outcome;
  }
  outcome->answer = log_.redacted(outcome->answer);
  for (reporter::Part& part : outcome->parts)
    part.answer = log_.redacted(part.answer);
  return outcome;
}

asio::awaitable<void> Courier::attempt(Desk& desk, Turn turn, std::shared_ptr<reporter::Reporter> reporter) {
  const store::RowId id = desk.queues.first(turn.lane);
  auto loaded = co_await load(desk, id);
  while (!loaded) {
    log_.error("courier", "cannot read delivery " + std::to_string(id) + ": " + loaded.error().what);
    co_await sleep_for(std::chrono::seconds(1));
    loaded = co_await load(desk, id);
  }
  if (!*loaded) {  // superseded or dropped while it waited
    leave(desk, turn);
    desk.queues.settled(turn.lane);
    pump(desk);
    co_return;
  }
  Loaded& work = **loaded;
  if (!may_send(desk, turn, work.delivery)) {
    if (!work.delivery.maybe_sent) keep_fresh(id, {std::move(work.delivery), work.created, work.heard});
    pump(desk);
    co_return;
  }
  std::optional<Digest> digested = co_await digest(desk, turn.lane, *reporter, work);
  if (work.attempts > 0) desk.meters->retries->add();
  const Result<reporter::Receipt> outcome =
      redacted(co_await send_once(*reporter, digested ? digested->delivery : work.delivery, *desk.meters));
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
  if (verdict.state != store::State::delivered) {
    const bool dead = verdict.state == store::State::dead;
    const auto pause = std::to_string((std::max<Millis>(verdict.next_at - facts.now, 0) + 999) / 1000);
    log_.warning("courier",
                 desk.name + " to " + work.delivery.target + ": #" + std::to_string(id) + " (" +
                     work.delivery.summary + ") " + (dead ? "dead: " : "postponed: ") + verdict.answer +
                     (dead ? "" : "; try " + std::to_string(facts.number + 1) + " in " + pause + " s"));
  }
  co_await settle(desk, id, verdict, work);
  std::size_t settled = 1;
  if (digested) settled += co_await settle_others(desk, *digested, verdict);
  if (verdict.pause_until) co_await pause(desk, verdict);
  conclude(desk, turn, verdict, settled);
}

asio::awaitable<void> Courier::settle(Desk& desk, store::RowId id, const Verdict& verdict,
                                      const Loaded& work) {
  store::Settlement end;
  end.state = verdict.state;
  end.at = clock_.now();
  end.next_at = verdict.next_at;
  end.answer = verdict.answer;
  end.settled = verdict.settled;
  end.keep_attempt = work.attempts > 0 || verdict.state != store::State::delivered;
  while (true) {
    const Result<void> done = co_await store_.settle(id, end);
    if (done) break;
    log_.error("courier", "cannot settle delivery " + std::to_string(id) + ": " + done.error().what);
    co_await sleep_for(done.error().retry_after.value_or(std::chrono::seconds(5)));
  }
  if (end.state == store::State::waiting) co_return;
  desk.meters->settled(end.state).add();
  if (end.state == store::State::delivered && work.heard > 0) {
    desk.meters->delivery_seconds->observe(static_cast<double>(end.at - work.heard) / 1000);
  }
}

double Courier::half_jitter() {
  return std::uniform_real_distribution<double>(0.5, 1.0)(random_);
}

asio::awaitable<void> Courier::pause(Desk& desk, const Verdict& verdict) {
  Account& account = *desk.account;
  const Millis now = clock_.now();
  const bool delivered = verdict.state == store::State::delivered;
  Millis until = *verdict.pause_until;
  if (!delivered) {
    // Each delivery that waits would have a first attempt: the account as a whole backs off.
    if (account.paused_until <= now) ++account.refusals;
    until = std::max(until, now + backoff(account.refusals, half_jitter()));
  }
  account.paused_until = std::max(account.paused_until, until);
  if (!desk.reporter || !desk.reporter->account().empty()) {
    account.gentle_until = account.paused_until + gentle_time;
  }
  std::vector<std::string> names;  // a row for each, so that whoever looks at one of them sees it
  for (const auto& [name, other] : desks_) {
    if (other->account == desk.account) names.push_back(name);
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

void Courier::target_is_back(Desk& desk) {
  if (desk.probes > 0) log_.info("courier", desk.name + " answers again");
  desk.silent_streak = 0;
  desk.probes = 0;
  desk.probe_at = 0;
  desk.queues.target_is_back();
}

void Courier::conclude(Desk& desk, const Turn& turn, const Verdict& verdict, std::size_t settled) {
  const Millis now = clock_.now();
  leave(desk, turn);
  const bool refused = verdict.pause_until && verdict.state != store::State::delivered;
  if (!refused && !verdict.target_silent) desk.account->refusals = 0;
  if (verdict.target_silent) {
    ++desk.silent_streak;
    // Attempts that were under way together fail together: only the first of them lengthens the pause.
    if (desk.silent_streak >= streak_before_probing && desk.probe_at <= now) {
      if (desk.probes == 0) {
        log_.warning("courier",
                     desk.name + " does not answer; what is due is kept and one delivery probes it");
      }
      desk.probes = std::min(desk.probes + 1, max_probe_backoff);
      desk.probe_at = now + backoff(desk.probes, half_jitter());
    }
  } else if (desk.silent_streak > 0) {
    target_is_back(desk);
  }
  if (verdict.state == store::State::waiting) {
    desk.queues.postponed(turn.lane, verdict.next_at, verdict.target_silent, now);
  } else {
    desk.queues.settled(turn.lane, settled);
  }
  pump(desk);
}

asio::awaitable<void> Courier::stop(std::chrono::milliseconds grace) {
  stopping_ = true;
  for (auto& [name, desk] : desks_)
    desk->timer.cancel();
  const Millis deadline = clock_.now() + grace.count();
  while (in_flight() > 0 && clock_.now() < deadline)
    co_await sleep_for(std::chrono::milliseconds(10));
  co_await keep_seen_time(clock_.now());
}

}  // namespace carillon::pipeline
