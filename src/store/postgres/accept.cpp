// Events, their notifications, and cursors.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "model/build.hpp"
#include "store/postgres/texts.hpp"
#include "store/postgres/writes.hpp"
#include "store/reading.hpp"

namespace carillon::store::postgres {
namespace {

// In one statement.
constexpr std::size_t most_events = 256;
constexpr std::size_t most_bytes = std::size_t{8} << 20U;

// One event, and where its answer goes.
struct Incoming {
  const NewEvent* item = nullptr;
  Millis now = 0;
  AcceptedEvent* accepted = nullptr;
  // As they are stored.
  std::string source, key, occurrence;
};

using EventKey = std::tuple<std::string, std::string, std::string>;

// The messages of a sender may pass one another. After the end nobody wants to hear of the start. Only a
// start with an occurrence may begin again what has ended: without one it is the only start that its key ever
// has.
constexpr const char* insert_events = R"sql(
    INSERT INTO events (source, key, occurrence, kind, at, heard, builder, number, attempt, branch, results,
    bsid, builderid, untold, decisions, body)
    SELECT x.source, x.key, x.occurrence, x.kind, x.at, x.heard, x.builder, x.number, x.attempt, x.branch,
    x.results, x.bsid, x.builderid, CASE WHEN l.late THEN 'its end was heard before' ELSE x.untold END,
    CASE WHEN l.late THEN x.ignored ELSE x.decisions END, x.body
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[],
    $8::bigint[], $9::bigint[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[],
    $15::text[], $16::text[], $17::text[], $18::text[]) WITH ORDINALITY AS x (source, key, occurrence, kind, at,
    heard, builder, number, attempt, branch, results, bsid, builderid, untold, decisions, body, end_key, ignored,
    place)
    CROSS JOIN LATERAL (SELECT x.untold = '' AND x.end_key <> '' AND EXISTS (SELECT 1 FROM events e WHERE
    e.source = x.source AND e.key = x.end_key AND e.occurrence >= x.occurrence AND (x.occurrence = '' OR
    e.occurrence = x.occurrence)) AS late) l
    ORDER BY x.place
    ON CONFLICT (source, key, occurrence) DO NOTHING
    RETURNING id, source, key, occurrence, untold <> '')sql";

constexpr const char* insert_notifications = R"sql(
    INSERT INTO notifications (event, reporter) SELECT x.event, x.reporter
    FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS x (event, reporter, place) ORDER BY x.place
    RETURNING id)sql";

// Ends that stand before a start in the same statement, which does not see them.
class EndsSoFar {
 public:
  void add(const Incoming& one) { known_[{one.source, one.key}].insert(one.occurrence); }
  bool has(const Incoming& start, const std::string& end_key) const {
    const auto found = known_.find({start.source, end_key});
    if (found == known_.end()) return false;
    return start.occurrence.empty() || found->second.contains(start.occurrence);
  }

 private:
  std::map<std::pair<std::string, std::string>, std::set<std::string>> known_;
};

class EventColumns {
 public:
  void add(const Incoming& one, const EndsSoFar& ends) {
    const NewEvent& item = *one.item;
    const Event& event = *item.event;
    const std::string end = end_of(event.key);
    const std::string end_key = end.empty() ? end : clean_key(end);
    std::string untold = clean(event.untold);
    if (untold.empty() && !end_key.empty() && ends.has(one, end_key)) untold = late_start;
    source_.add(std::string_view(one.source));
    key_.add(std::string_view(one.key));
    occurrence_.add(std::string_view(one.occurrence));
    kind_.add(static_cast<std::int64_t>(item.kind));
    at_.add(event.at);
    heard_.add(one.now);
    add_facts(item);
    decisions_.add(std::string_view(
        clean(decisions_text(untold.empty() ? item.decisions : all_ignored(item.decisions, untold)))));
    // Of a start that turns out to be late.
    const bool may_be_late = untold.empty() && !end_key.empty();
    ignored_.add(std::string_view(may_be_late ? clean(decisions_text(all_ignored(item.decisions, late_start)))
                                              : std::string()));
    body_.add(std::string_view(clean(event.text->text())));
    end_key_.add(std::string_view(end_key));
    untold_.add(std::string_view(untold));
  }

  Parameters parameters() const {
    Parameters all;
    for (const Column* column :
         {&source_, &key_, &occurrence_, &kind_, &at_, &heard_, &builder_, &number_, &attempt_, &branch_,
          &results_, &bsid_, &builderid_, &untold_, &decisions_, &body_, &end_key_, &ignored_})
      all.add(*column);
    return all;
  }

 private:
  void add_facts(const NewEvent& item) {
    const bool build = is_build(item.kind);
    if (!build && !is_request(item.kind)) {
      attempt_.add(BuildFacts().attempt);
      for (Column* column : {&builder_, &number_, &branch_, &results_, &bsid_, &builderid_})
        column->add_null();
      return;
    }
    const BuildFacts& facts = item.facts;
    builder_.add(std::string_view(clean_key(facts.builder)));
    number_.add(build ? std::optional(facts.number) : std::nullopt);
    attempt_.add(facts.attempt);
    branch_.add(std::string_view(clean_key(facts.branch)));
    results_.add(facts.results ? std::optional<std::int64_t>(static_cast<int>(*facts.results))
                               : std::nullopt);
    bsid_.add(facts.buildset);
    builderid_.add(BuildView(item.event->body).builderid());
  }

  Column source_{Type::text}, key_{Type::text}, occurrence_{Type::text}, kind_{Type::int8}, at_{Type::int8},
      heard_{Type::int8}, builder_{Type::text}, number_{Type::int8}, attempt_{Type::int8},
      branch_{Type::text}, results_{Type::int8}, bsid_{Type::int8}, builderid_{Type::int8},
      untold_{Type::text}, decisions_{Type::text}, body_{Type::text}, end_key_{Type::text},
      ignored_{Type::text};
};

// The notifications of events that are told, in order.
class NewNotifications {
 public:
  void add(const Incoming& one, RowId event_row) {
    for (const ReporterDecision& decision : one.item->decisions) {
      if (decision.decision.outcome != Decision::Outcome::report) continue;
      event_.add(event_row);
      reporter_.add(std::string_view(clean_key(decision.reporter)));
      Notification made;
      made.event_row = event_row;
      made.reporter = decision.reporter;
      made.event = one.item->event;
      made.body = std::shared_ptr<const std::string>(made.event->text, &made.event->text->text());
      made.heard = one.now;
      one.accepted->notifications.push_back(std::move(made));
      made_.emplace_back(one.accepted, one.accepted->notifications.size() - 1);
    }
  }
  void write(Connection& db) {
    if (made_.empty()) return;
    const Rows ids = db.query(insert_notifications, std::move(Parameters().add(event_).add(reporter_)));
    for (std::size_t i = 0; i < made_.size(); ++i)
      made_[i].first->notifications[made_[i].second].id = ids[static_cast<int>(i)].integer(0);
  }

 private:
  Column event_{Type::int8}, reporter_{Type::text};
  std::vector<std::pair<AcceptedEvent*, std::size_t>> made_;
};

void insert_batch(Connection& db, std::vector<Incoming>& batch, HeldTally& held) {
  EventColumns columns;
  EndsSoFar ends;
  std::vector<const Incoming*> sent;
  std::set<EventKey> keys;
  for (Incoming& one : batch) {
    const Event& event = *one.item->event;
    one.source = clean_key(event.source);
    one.key = clean_key(event.key);
    one.occurrence = clean_key(event.occurrence);
    if (!keys.emplace(one.source, one.key, one.occurrence).second) {
      one.accepted->duplicate = true;
      continue;
    }
    columns.add(one, ends);
    ends.add(one);
    sent.push_back(&one);
  }
  const Rows rows = db.query(insert_events, columns.parameters());
  NewNotifications notifications;
  int next = 0;
  for (const Incoming* one : sent) {
    // In their order; those are missing that were known.
    if (next == rows.size() || rows[next].view(2) != one->key || rows[next].view(1) != one->source ||
        rows[next].view(3) != one->occurrence) {
      one->accepted->duplicate = true;
      continue;
    }
    const Row row = rows[next++];
    one->accepted->untold = row.integer(4) != 0;
    if (one->accepted->untold) continue;
    const RowId event_row = row.integer(0);
    for (const ReporterDecision& decision : one->item->decisions) {
      if (decision.decision.silence != 0)
        held.note(decision.decision.silence, decision.reporter, one->source, one->item->facts.builder,
                  event_row);
    }
    notifications.add(*one, event_row);
  }
  notifications.write(db);
}

void store_cursors(Connection& db, const std::vector<AcceptJob*>& jobs) {
  std::map<std::string, std::string> newest;
  for (const AcceptJob* job : jobs) {
    if (!job->cursor.is_null()) newest[clean_key(job->source)] = clean(json::serialize(job->cursor));
  }
  if (newest.empty()) return;
  Column sources(Type::text);
  Column cursors(Type::text);
  for (const auto& [source, cursor] : newest) {
    sources.add(std::string_view(source));
    cursors.add(std::string_view(cursor));
  }
  db.send(R"sql(
      INSERT INTO cursors (source, cursor) SELECT * FROM unnest($1::text[], $2::text[])
      ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor)sql",
          std::move(Parameters().add(sources).add(cursors)));
}

}  // namespace

void accept_events(Connection& db, const std::vector<AcceptJob*>& jobs, HeldTally& held) {
  std::vector<Incoming> batch;
  std::size_t bytes = 0;
  const auto flush = [&] {
    if (!batch.empty()) insert_batch(db, batch, held);
    batch.clear();
    bytes = 0;
  };
  for (AcceptJob* job : jobs) {
    job->result->resize(job->events.size());
    for (std::size_t i = 0; i < job->events.size(); ++i) {
      Incoming one;
      one.item = &job->events[i];
      one.now = job->now;
      one.accepted = &(*job->result)[i];
      bytes += one.item->event->text->text().size();
      batch.push_back(std::move(one));
      if (batch.size() == most_events || bytes >= most_bytes) flush();
    }
  }
  flush();
  store_cursors(db, jobs);
}

AcceptedEvent accept_event(Connection& db, NewEvent event, Millis now) {
  AcceptJob job;
  job.events.push_back(std::move(event));
  job.now = now;
  HeldTally held;
  accept_events(db, {&job}, held);
  held.write(db);
  return std::move(job.result->front());
}

}  // namespace carillon::store::postgres
