// Deliveries out of notifications.
#include <algorithm>
#include <set>
#include <unordered_set>

#include "model/replay_mark.hpp"
#include "store/overlap.hpp"
#include "store/postgres/texts.hpp"
#include "store/postgres/writes.hpp"

namespace carillon::store::postgres {
namespace {

// In one statement.
constexpr std::size_t most_deliveries = 512;
constexpr std::size_t most_payload_bytes = std::size_t{8} << 20U;

constexpr const char* supersede_earlier = R"sql(
    UPDATE deliveries d SET state = {superseded}, settled_at = x.now, answer = 'a later state was reported'
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
      AS x (place, reporter, status, rank, now)
    WHERE d.reporter = x.reporter AND d.status = x.status AND d.status <> '' AND d.rank <= x.rank AND
      1 << d.state & {before_supersede} <> 0 AND NOT EXISTS (SELECT 1 FROM deliveries l WHERE
      l.reporter = x.reporter AND l.status = x.status AND l.status <> '' AND l.rank > x.rank AND
      1 << l.state & {counting} <> 0)
    RETURNING d.id, x.place)sql";

constexpr const char* insert_deliveries = R"sql(
    INSERT INTO deliveries (reporter, key, lane, status, rank, event, state, next_at, attempts, created,
    settled_at, target, summary, note, answer, settled)
    SELECT x.reporter, x.key, x.lane, x.status, x.rank, x.event,
    CASE WHEN x.skip <> 0 THEN {skipped} WHEN l.late THEN {superseded} ELSE {waiting} END, x.now, 0, x.now,
    CASE WHEN x.skip <> 0 OR l.late THEN x.now END, x.target, x.summary, x.note,
    CASE WHEN l.late THEN 'a later state was reported before' ELSE '' END, '[]'
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
    $8::bigint[], $9::text[], $10::text[], $11::text[]) WITH ORDINALITY
      AS x (reporter, key, lane, status, rank, event, skip, now, target, summary, note, place)
    CROSS JOIN LATERAL (SELECT x.status <> '' AND x.skip = 0 AND EXISTS (SELECT 1 FROM deliveries e WHERE
      e.reporter = x.reporter AND e.status = x.status AND e.status <> '' AND e.rank > x.rank AND
      1 << e.state & {counting} <> 0) AS late) l
    ORDER BY x.place
    ON CONFLICT (reporter, key) DO NOTHING
    RETURNING id, reporter, key, state)sql";

// One delivery, and where its answer goes.
struct Worded {
  const ComposeJob* job = nullptr;
  const Delivery* delivery = nullptr;
  ComposedDelivery* composed = nullptr;
  // As they are stored.
  std::string reporter, key, status;

  bool has_status() const { return !status.empty() && !delivery->skip; }
};

// Deliveries of which none is about what another one is about: their order does not matter but for their
// numbers.
class Group {
 public:
  bool takes(const Worded& one) const {
    return all_.size() < most_deliveries && bytes_ < most_payload_bytes &&
           !keys_.contains({one.reporter, one.key}) &&
           (!one.has_status() || !statuses_.contains({one.reporter, one.status}));
  }
  void add(Worded one) {
    keys_.emplace(one.reporter, one.key);
    if (one.has_status()) statuses_.emplace(one.reporter, one.status);
    bytes_ += one.delivery->payload.size();
    all_.push_back(std::move(one));
  }

  void write(Connection& db, HeldTally& held) {
    if (all_.empty()) return;
    supersede(db);
    insert(db, held);
    all_.clear();
    bytes_ = 0;
    keys_.clear();
    statuses_.clear();
  }

 private:
  using Pair = std::pair<std::string, std::string>;

  void supersede(Connection& db) {
    Column place(Type::int8), reporter(Type::text), status(Type::text), rank(Type::int8), now(Type::int8);
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (!all_[i].has_status()) continue;
      place.add(static_cast<std::int64_t>(i));
      reporter.add(std::string_view(all_[i].reporter));
      status.add(std::string_view(all_[i].status));
      rank.add(all_[i].delivery->rank);
      now.add(all_[i].job->now);
    }
    if (place.size() == 0) return;
    // With whom a person resends an earlier state (PostgresLedger::resend).
    db.send("SELECT pg_advisory_xact_lock_shared(1130459754, hashtext(current_schema()))");
    Parameters all;
    for (const Column* column : {&place, &reporter, &status, &rank, &now})
      all.add(*column);
    for (const Row row : db.query(supersede_earlier, all))
      all_[static_cast<std::size_t>(row.integer(1))].composed->superseded.push_back(row.integer(0));
    for (const Worded& one : all_)
      std::ranges::sort(one.composed->superseded);
  }

  void insert(Connection& db, HeldTally& held) {
    Column reporter(Type::text), key(Type::text), lane(Type::text), status(Type::text), rank(Type::int8),
        event(Type::int8), skip(Type::int8), now(Type::int8), target(Type::text), summary(Type::text),
        note(Type::text);
    for (const Worded& one : all_) {
      const Delivery& delivery = *one.delivery;
      reporter.add(std::string_view(one.reporter));
      key.add(std::string_view(one.key));
      lane.add(std::string_view(clean(delivery.lane)));
      status.add(std::string_view(one.status));
      rank.add(delivery.rank);
      event.add(one.job->notification.event_row);
      skip.add(std::int64_t{delivery.skip ? 1 : 0});
      now.add(one.job->now);
      target.add(std::string_view(clean(delivery.target)));
      summary.add(std::string_view(clean(delivery.summary)));
      note.add(std::string_view(clean(delivery.note)));
    }
    Parameters all;
    for (const Column* column :
         {&reporter, &key, &lane, &status, &rank, &event, &skip, &now, &target, &summary, &note})
      all.add(*column);
    const Rows rows = db.query(insert_deliveries, all);
    std::vector<const Worded*> stored;
    int next = 0;
    for (const Worded& one : all_) {
      // In their order; those are missing whose key is known.
      if (next == rows.size() || rows[next].view(2) != one.key || rows[next].view(1) != one.reporter)
        continue;
      const Row row = rows[next++];
      one.composed->id = row.integer(0);
      one.composed->waiting = row.integer(3) == static_cast<std::int64_t>(DeliveryState::waiting);
      const Notification& notification = one.job->notification;
      if (one.delivery->silence != 0)
        held.note_stored(one.delivery->silence, notification.reporter, notification.event_row);
      stored.push_back(&one);
    }
    if (stored.empty()) return;
    send_payloads(db, stored);
    send_files(db, stored);
  }

  static void send_payloads(Connection& db, const std::vector<const Worded*>& stored) {
    Column id(Type::int8), head(Type::int8), tail(Type::int8), body(Type::bytes);
    for (const Worded* one : stored) {
      const std::string_view payload(one->delivery->payload);
      const auto& event = one->job->notification.body;
      // What was cleaned is not what the payload has.
      const Overlap overlap = event && is_clean(*event) ? overlap_of(payload, *event) : Overlap();
      id.add(one->composed->id);
      head.add(static_cast<std::int64_t>(overlap.head));
      tail.add(static_cast<std::int64_t>(overlap.tail));
      body.add(payload.substr(overlap.head, payload.size() - overlap.head - overlap.tail));
    }
    db.send(R"sql(
        INSERT INTO payloads (delivery, head, tail, body)
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[]))sql",
            std::move(Parameters().add(id).add(head).add(tail).add(body)));
  }

  static void send_files(Connection& db, const std::vector<const Worded*>& stored) {
    Column delivery(Type::int8), at(Type::int8), name(Type::text), size(Type::int8), escaped(Type::int8),
        most(Type::int8), label(Type::text);
    for (const Worded* one : stored) {
      for (const PayloadFile& file : one->delivery->files) {
        delivery.add(one->composed->id);
        at.add(static_cast<std::int64_t>(file.at));
        name.add(std::string_view(clean_key(file.name)));
        size.add(static_cast<std::int64_t>(file.size));
        escaped.add(static_cast<std::int64_t>(file.escaped));
        most.add(static_cast<std::int64_t>(file.most));
        label.add(std::string_view(clean(file.label)));
      }
    }
    if (delivery.size() == 0) return;
    Parameters all;
    for (const Column* column : {&delivery, &at, &name, &size, &escaped, &most, &label})
      all.add(*column);
    db.send(R"sql(
        INSERT INTO files (delivery, at, name, size, escaped, most, label) SELECT x.delivery, x.at, x.name, x.size,
        x.escaped, x.most, x.label FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[],
        $6::bigint[], $7::text[]) WITH ORDINALITY AS x (delivery, at, name, size, escaped, most, label, place)
        ORDER BY x.place)sql",
            all);
  }

  std::vector<Worded> all_;
  std::size_t bytes_ = 0;
  std::set<Pair> keys_;
  std::set<Pair> statuses_;
};

// Whether it waits already. Keys of replays differ in their marks only.
bool waits_already(Connection& db, const Notification& notification, const std::string& key) {
  const std::string wanted = without_replay(key);
  const Rows rows =
      db.query("SELECT key FROM deliveries WHERE event = $1 AND reporter = $2 AND state = {waiting}",
               std::move(Parameters().add(notification.event_row).key(notification.reporter)));
  for (const Row row : rows) {
    if (without_replay(row.text(0)) == wanted) return true;
  }
  return false;
}

bool is_open(Connection& db, RowId notification) {
  return !db.query("SELECT 1 FROM notifications WHERE id = $1", of(notification)).empty();
}

// Those whose turn it is; an earlier one that failed before must not be passed.
std::vector<ComposeJob*> in_turn(Connection& db, const std::vector<ComposeJob*>& jobs, Turns& turns) {
  std::vector<ComposeJob*> all;
  std::unordered_set<RowId> now;
  for (ComposeJob* job : jobs) {
    bool waits = false;
    for (const RowId earlier : turns.before(job->notification)) {
      if (now.contains(earlier)) continue;
      waits = is_open(db, earlier);
      if (waits) break;
      turns.over(job->notification, earlier);
    }
    turns.take(job->notification);
    if (waits) {
      job->fail({Failure::Kind::throttled, "an earlier report of this builder is not stored yet",
                 std::chrono::seconds(1)});
      continue;
    }
    now.insert(job->notification.id);
    all.push_back(job);
  }
  return all;
}

}  // namespace

void compose_deliveries(Connection& db, const std::vector<ComposeJob*>& jobs, Turns& turns, HeldTally& held) {
  const std::vector<ComposeJob*> ready = in_turn(db, jobs, turns);
  if (ready.empty()) return;
  Column ids(Type::int8);
  for (const ComposeJob* job : ready)
    ids.add(job->notification.id);
  std::unordered_set<RowId> closed;
  for (const Row row : db.query("DELETE FROM notifications WHERE id = ANY ($1::bigint[]) RETURNING id",
                                std::move(Parameters().add(ids))))
    closed.insert(row.integer(0));
  Group group;
  for (ComposeJob* job : ready) {
    // Whoever hands over one twice finds it closed the second time.
    if (closed.erase(job->notification.id) == 0) {
      job->result->taken = Taken::changed;
      continue;
    }
    job->result->deliveries.resize(job->deliveries->size());
    for (std::size_t i = 0; i < job->deliveries->size(); ++i) {
      Worded one;
      one.job = job;
      one.delivery = &(*job->deliveries)[i];
      one.composed = &job->result->deliveries[i];
      one.reporter = clean_key(job->notification.reporter);
      one.key = clean_key(one.delivery->key);
      one.status = clean_key(one.delivery->status);
      if (job->notification.replay != 0) {
        group.write(db, held);
        if (waits_already(db, job->notification, one.delivery->key)) continue;
      }
      if (!group.takes(one)) group.write(db, held);
      group.add(std::move(one));
    }
  }
  group.write(db, held);
}

}  // namespace carillon::store::postgres
