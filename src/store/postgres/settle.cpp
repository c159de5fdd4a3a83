// The ends of attempts; what silences hold back; the end of a transaction.
#include <algorithm>
#include <set>

#include "store/postgres/reads.hpp"
#include "store/postgres/texts.hpp"
#include "store/postgres/writes.hpp"
#include "store/reading.hpp"

namespace carillon::store::postgres {
namespace {

// What was superseded or dropped while it was under way stays so, unless it arrived after all.
constexpr const char* update_settled = R"sql(
    UPDATE deliveries d SET
      state = CASE WHEN CASE x.state WHEN {delivered} THEN 1 << d.state & {before_arrival} <> 0
        WHEN {dead} THEN 1 << d.state & {before_death} <> 0 ELSE 1 << d.state & {before_retry} <> 0 END
        THEN x.state ELSE d.state END,
      next_at = x.next_at, settled_at = x.settled_at, attempts = d.attempts + 1, answer = x.answer,
      settled = x.settled
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
      AS x (id, state, next_at, settled_at, answer, settled)
    WHERE d.id = x.id RETURNING d.id, d.state)sql";

constexpr const char* insert_attempts = R"sql(
    INSERT INTO attempts (delivery, at, state, answer)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]))sql";

// Each of another delivery.
void settle_some(Connection& db, const std::vector<SettleJob*>& jobs) {
  Column id(Type::int8), state(Type::int8), next_at(Type::int8), settled_at(Type::int8), answer(Type::text),
      settled(Type::text);
  Column kept_id(Type::int8), kept_at(Type::int8), kept_state(Type::int8), kept_answer(Type::text);
  for (const SettleJob* job : jobs) {
    const Settlement& end = job->end;
    const bool waits = end.state == DeliveryState::waiting;
    const std::string said = clean(end.answer);
    id.add(job->id);
    state.add(static_cast<std::int64_t>(end.state));
    next_at.add(end.next_at);
    settled_at.add(waits ? std::nullopt : std::optional<std::int64_t>(end.at));
    answer.add(std::string_view(said));
    settled.add(std::string_view(clean(names_text(end.settled))));
    if (!end.keep_attempt) continue;
    kept_id.add(job->id);
    kept_at.add(end.at);
    kept_state.add(static_cast<std::int64_t>(end.state));
    kept_answer.add(std::string_view(said));
  }
  Parameters all;
  for (const Column* column : {&id, &state, &next_at, &settled_at, &answer, &settled})
    all.add(*column);
  std::map<RowId, std::int64_t> states;
  for (const Row row : db.query(update_settled, all))
    states[row.integer(0)] = row.integer(1);
  if (kept_id.size() > 0) {
    db.send(insert_attempts,
            std::move(Parameters().add(kept_id).add(kept_at).add(kept_state).add(kept_answer)));
  }
  for (SettleJob* job : jobs) {
    const auto now = states.find(job->id);
    const bool kept = job->end.state == DeliveryState::delivered ||
                      (now != states.end() && now->second == static_cast<std::int64_t>(job->end.state));
    job->result = kept ? Taken::taken : Taken::changed;
  }
}

}  // namespace

void settle_deliveries(Connection& db, const std::vector<SettleJob*>& jobs) {
  std::vector<SettleJob*> some;
  std::set<RowId> ids;
  for (SettleJob* job : jobs) {
    if (!ids.insert(job->id).second) {
      settle_some(db, some);
      some.clear();
      ids = {job->id};
    }
    some.push_back(job);
  }
  if (!some.empty()) settle_some(db, some);
}

void HeldTally::note(RowId silence, const std::string& reporter, const std::string& source,
                     const std::string& builder, RowId event) {
  Held& held = held_[{silence, clean_key(reporter), builder.empty() ? std::string() : clean_key(source),
                      clean_key(builder)}];
  ++held.count;
  held.event = std::max(held.event, event);
}

void HeldTally::note_stored(RowId silence, const std::string& reporter, RowId event) {
  stored_.push_back({silence, reporter, event});
}

void HeldTally::write(Connection& db) {
  for (const Stored& one : stored_) {
    const Rows about =
        db.query("SELECT source, coalesce(builder, '') FROM events WHERE id = $1", of(one.event));
    const bool there = !about.empty();
    note(one.silence, one.reporter, there ? about.front().text(0) : "", there ? about.front().text(1) : "",
         one.event);
  }
  stored_.clear();
  if (held_.empty()) return;
  Column silence(Type::int8), reporter(Type::text), source(Type::text), builder(Type::text),
      count(Type::int8), event(Type::int8);
  for (const auto& [key, held] : held_) {
    silence.add(std::get<0>(key));
    reporter.add(std::string_view(std::get<1>(key)));
    source.add(std::string_view(std::get<2>(key)));
    builder.add(std::string_view(std::get<3>(key)));
    count.add(held.count);
    event.add(held.event);
  }
  held_.clear();
  Parameters all;
  for (const Column* column : {&silence, &reporter, &source, &builder, &count, &event})
    all.add(*column);
  db.send(R"sql(
      INSERT INTO silenced (silence, reporter, source, builder, held, event)
      SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
      ON CONFLICT (silence, reporter, source, builder) DO UPDATE SET held = silenced.held + excluded.held,
      event = greatest(silenced.event, excluded.event))sql",
          all);
}

void HotJobs::add(Job& job) {
  switch (job.kind()) {
    case Job::Kind::accept:
      accepts_.push_back(static_cast<AcceptJob*>(&job));
      break;
    case Job::Kind::settle:
      settles_.push_back(static_cast<SettleJob*>(&job));
      break;
    case Job::Kind::compose:
      composes_.push_back(static_cast<ComposeJob*>(&job));
      break;
    case Job::Kind::load:
      loads_.push_back(static_cast<LoadJob*>(&job));
      break;
    case Job::Kind::read:
    case Job::Kind::write:
    case Job::Kind::beat:
      break;
  }
}

void HotJobs::run(Connection& db, Turns& turns) {
  HeldTally held;
  if (!accepts_.empty()) accept_events(db, accepts_, held);
  if (!settles_.empty()) settle_deliveries(db, settles_);
  if (!composes_.empty()) compose_deliveries(db, composes_, turns, held);
  held.write(db);
  if (!loads_.empty()) load_deliveries(db, loads_);
}

CommitMark note_commit(Connection& db, const char* writer) {
  const Rows noted = db.query(
      "UPDATE writers SET commits = commits + 1 WHERE name = $1 RETURNING pg_current_xact_id()::text, "
      "commits",
      of_key(writer));
  return {writer, noted.front().text(0), noted.front().integer(1)};
}

std::optional<bool> took_effect(Connection& db, const CommitMark& mark) {
  std::string status;
  try {
    status = db.query("SELECT pg_xact_status($1::text::xid8)", std::move(Parameters().text(mark.transaction)))
                 .front()
                 .text(0);
  } catch (const PgError& error) {
    // A number that is still to come: it was lost with the server that gave it out.
    if (error.code() != "22023") throw;
    status = "aborted";
  }
  if (status == "in progress") return std::nullopt;
  if (status == "aborted") return false;
  // Written, so that this waits for a synchronous standby: one that was ended while it waited has committed,
  // and the standby may not have it.
  const Rows now =
      db.query("UPDATE writers SET commits = commits WHERE name = $1 RETURNING commits", of_key(mark.writer));
  return !now.empty() && now.front().integer(0) >= mark.commits;
}

std::int64_t commits_of(Connection& db, const char* writer) {
  const Rows known = db.query("SELECT commits FROM writers WHERE name = $1", of_key(writer));
  return known.empty() ? 0 : known.front().integer(0);
}

}  // namespace carillon::store::postgres
