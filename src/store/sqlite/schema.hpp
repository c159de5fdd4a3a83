// The tables of the SQLite store.
#pragma once

namespace carillon::store {

inline constexpr int schema_application_id = 0x43617269;  // "Cari"
inline constexpr int schema_version = 9;

// events     what happened; columns beside the body serve history (previous build), buildsets and `explain`.
//            decisions: JSON [[reporter, outcome, reason], ...]
// orders     open work only: a row is deleted when its deliveries are stored
// deliveries small rows that change; their payloads stand apart, written once
// attempts   only of deliveries that did not work at the first attempt
inline constexpr const char* schema_sql = R"sql(
PRAGMA application_id = 1130459753;
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  master TEXT NOT NULL, key TEXT NOT NULL, occurrence TEXT NOT NULL,
  kind INTEGER NOT NULL, at INTEGER NOT NULL, heard INTEGER NOT NULL,
  builder TEXT, number INTEGER, branch TEXT, results INTEGER, bsid INTEGER,
  decisions TEXT NOT NULL, body TEXT NOT NULL
);
CREATE UNIQUE INDEX events_known ON events (master, key, occurrence);
CREATE INDEX events_build ON events (master, builder, number) WHERE builder IS NOT NULL;
CREATE INDEX events_branch ON events (master, builder, branch, number) WHERE builder IS NOT NULL AND branch <> '';
CREATE INDEX events_buildset ON events (master, bsid) WHERE bsid IS NOT NULL;
CREATE TABLE orders (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event INTEGER NOT NULL REFERENCES events (id), reporter TEXT NOT NULL
);
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  reporter TEXT NOT NULL, key TEXT NOT NULL, lane TEXT NOT NULL, status TEXT NOT NULL, rank INTEGER NOT NULL,
  event INTEGER NOT NULL REFERENCES events (id),
  state INTEGER NOT NULL, next_at INTEGER NOT NULL, attempts INTEGER NOT NULL,
  created INTEGER NOT NULL, settled_at INTEGER,
  target TEXT NOT NULL, summary TEXT NOT NULL, note TEXT NOT NULL, answer TEXT NOT NULL, settled TEXT NOT NULL
);
CREATE UNIQUE INDEX deliveries_key ON deliveries (reporter, key);
CREATE INDEX deliveries_waiting ON deliveries (id) WHERE state = 0;
CREATE INDEX deliveries_status ON deliveries (reporter, status, rank) WHERE status <> '';
CREATE INDEX deliveries_event ON deliveries (event);
CREATE TABLE payloads (delivery INTEGER PRIMARY KEY REFERENCES deliveries (id), body BLOB NOT NULL);
CREATE TABLE attempts (
  delivery INTEGER NOT NULL REFERENCES deliveries (id), at INTEGER NOT NULL, state INTEGER NOT NULL, answer TEXT NOT NULL
);
CREATE INDEX attempts_delivery ON attempts (delivery);
CREATE TABLE cursors (master TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE pauses (reporter TEXT PRIMARY KEY, until INTEGER NOT NULL, why TEXT NOT NULL) WITHOUT ROWID;
)sql";

// From version 1 to 2; a new database takes every step, too.
// memory     what a reporter keeps across restarts, by name: a bot's subscriptions, dialogues, buttons
inline constexpr const char* schema_step_2 = R"sql(
CREATE TABLE memory (
  owner TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (owner, key)
) WITHOUT ROWID;
PRAGMA user_version = 2;
)sql";

// From version 2 to 3.
// payloads   the first `head` and the last `tail` bytes of the whole are those of the event's body
// (overlap.hpp)
inline constexpr const char* schema_step_3 = R"sql(
ALTER TABLE payloads ADD COLUMN head INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payloads ADD COLUMN tail INTEGER NOT NULL DEFAULT 0;
PRAGMA user_version = 3;
)sql";

// From version 3 to 4.
// files      what of a payload stands in files of the spool; at: where it belongs. A row goes with its
// delivery
inline constexpr const char* schema_step_4 = R"sql(
CREATE TABLE files (
  delivery INTEGER NOT NULL REFERENCES deliveries (id), at INTEGER NOT NULL,
  name TEXT NOT NULL, size INTEGER NOT NULL, escaped INTEGER NOT NULL, most INTEGER NOT NULL, label TEXT NOT NULL
);
CREATE INDEX files_delivery ON files (delivery);
CREATE INDEX files_name ON files (name);
PRAGMA user_version = 4;
)sql";

// From version 4 to 5.
// orders     replay: which `carillon replay` made it (seconds since the epoch); 0: it came with its event
inline constexpr const char* schema_step_5 = R"sql(
ALTER TABLE orders ADD COLUMN replay INTEGER NOT NULL DEFAULT 0;
CREATE INDEX orders_replayed ON orders (id) WHERE replay <> 0;
PRAGMA user_version = 5;
)sql";

// From version 5 to 6.
// branches   of each branch of a builder the first and the newest finished build that was no retry, kept by a
//            trigger. In the place of an index, which had to be written in as many places as there are
//            builders (doc/decisions/0020-branches.md)
inline constexpr const char* schema_step_6 = R"sql(
CREATE TABLE branches (
  master TEXT NOT NULL, builder TEXT NOT NULL, branch TEXT NOT NULL,
  first INTEGER NOT NULL, newest INTEGER NOT NULL, event INTEGER NOT NULL,
  PRIMARY KEY (master, builder, branch)
) WITHOUT ROWID;
INSERT INTO branches
  SELECT master, builder, branch, min(number), max(number), 0 FROM events
    WHERE kind = 1 AND builder IS NOT NULL AND number IS NOT NULL AND branch <> '' AND results <> 5
    GROUP BY master, builder, branch;
UPDATE branches SET event = (
  SELECT max(e.id) FROM events e WHERE e.master = branches.master AND e.builder = branches.builder AND
    e.builder IS NOT NULL AND e.branch = branches.branch AND e.branch <> '' AND e.number = branches.newest AND
    e.kind = 1 AND e.results <> 5);
DROP INDEX events_branch;
CREATE TRIGGER events_branches AFTER INSERT ON events
  WHEN new.kind = 1 AND new.builder IS NOT NULL AND new.number IS NOT NULL AND new.branch <> '' AND new.results <> 5
BEGIN
  INSERT INTO branches VALUES (new.master, new.builder, new.branch, new.number, new.number, new.id)
    ON CONFLICT (master, builder, branch) DO UPDATE SET
      first = min(first, excluded.first),
      event = CASE WHEN excluded.newest >= newest THEN excluded.event ELSE event END,
      newest = max(newest, excluded.newest);
END;
PRAGMA user_version = 6;
)sql";

// From version 6 to 7.
// notifications  was orders; `source` was master
// changes        what other processes have changed, until the server has read it (changes.hpp)
inline constexpr const char* schema_step_7 = R"sql(
DROP TRIGGER events_branches;
ALTER TABLE events RENAME COLUMN master TO source;
ALTER TABLE branches RENAME COLUMN master TO source;
ALTER TABLE cursors RENAME COLUMN master TO source;
CREATE TRIGGER events_branches AFTER INSERT ON events
  WHEN new.kind = 1 AND new.builder IS NOT NULL AND new.number IS NOT NULL AND new.branch <> '' AND new.results <> 5
BEGIN
  INSERT INTO branches VALUES (new.source, new.builder, new.branch, new.number, new.number, new.id)
    ON CONFLICT (source, builder, branch) DO UPDATE SET
      first = min(first, excluded.first),
      event = CASE WHEN excluded.newest >= newest THEN excluded.event ELSE event END,
      newest = max(newest, excluded.newest);
END;
DROP INDEX orders_replayed;
ALTER TABLE orders RENAME TO notifications;
CREATE TABLE changes (
  id INTEGER PRIMARY KEY, what TEXT NOT NULL, row INTEGER NOT NULL DEFAULT 0, reporter TEXT NOT NULL DEFAULT ''
);
PRAGMA user_version = 7;
)sql";

// From version 7 to 8.
// events    attempt: which try of the number; untold: why nobody is told of it, whatever the rules say
// branches  attempt: of the newest
inline constexpr const char* schema_step_8 = R"sql(
DROP TRIGGER events_branches;
ALTER TABLE events ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
ALTER TABLE branches ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
ALTER TABLE events ADD COLUMN untold TEXT NOT NULL DEFAULT '';
UPDATE events SET untold = 'its end was heard before'
  WHERE kind = 0 AND instr(decisions, '"its end was heard before"') > 0;
UPDATE events SET attempt = json_extract(body, '$.attempt')
  WHERE kind IN (0, 1) AND instr(body, '"attempt"') > 0 AND json_valid(body) AND
    json_type(body, '$.attempt') = 'integer' AND typeof(json_extract(body, '$.attempt')) = 'integer';
DROP INDEX events_build;
CREATE INDEX events_build ON events (source, builder, number, attempt) WHERE builder IS NOT NULL;
UPDATE branches SET (attempt, event) = (
  SELECT e.attempt, e.id FROM events e WHERE e.source = branches.source AND e.builder = branches.builder AND
    e.builder IS NOT NULL AND e.branch = branches.branch AND e.number = branches.newest AND e.kind = 1 AND
    e.results <> 5 ORDER BY e.attempt DESC, e.id DESC LIMIT 1)
  WHERE EXISTS (
    SELECT 1 FROM events e WHERE e.source = branches.source AND e.builder = branches.builder AND
      e.builder IS NOT NULL AND e.branch = branches.branch AND e.number = branches.newest AND e.kind = 1 AND
      e.results <> 5 AND e.attempt <> 1);
CREATE TRIGGER events_branches AFTER INSERT ON events
  WHEN new.kind = 1 AND new.builder IS NOT NULL AND new.number IS NOT NULL AND new.branch <> '' AND new.results <> 5
BEGIN
  INSERT INTO branches (source, builder, branch, first, newest, event, attempt)
    VALUES (new.source, new.builder, new.branch, new.number, new.number, new.id, new.attempt)
    ON CONFLICT (source, builder, branch) DO UPDATE SET
      first = min(first, excluded.first),
      event = CASE WHEN (excluded.newest, excluded.attempt) >= (newest, attempt) THEN excluded.event ELSE event END,
      attempt = CASE WHEN (excluded.newest, excluded.attempt) >= (newest, attempt)
        THEN excluded.attempt ELSE attempt END,
      newest = max(newest, excluded.newest);
END;
PRAGMA user_version = 8;
)sql";

// From version 8 to 9.
// deliveries_unsent  what became of the few that neither wait nor arrived: the dead, the dropped ...
// holds              pauses that people made, beside those that targets asked for
// silences           what people do not want to hear of for a while; closed: when its end was noticed, or 0
// silenced           what they held back, by reporter and builder; event: the newest one
// audit              what people did, and who; a row for each deed
inline constexpr const char* schema_step_9 = R"sql(
CREATE INDEX deliveries_unsent ON deliveries (state, id, reporter, settled_at) WHERE state NOT IN (0, 1);
CREATE TABLE holds (
  reporter TEXT PRIMARY KEY, until INTEGER NOT NULL, why TEXT NOT NULL, who TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE silences (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  builder TEXT NOT NULL, branch TEXT NOT NULL, tag TEXT NOT NULL, result TEXT NOT NULL, reporter TEXT NOT NULL,
  target TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, why TEXT NOT NULL, who TEXT NOT NULL,
  statuses INTEGER NOT NULL, summary INTEGER NOT NULL, created INTEGER NOT NULL,
  ended_by TEXT NOT NULL DEFAULT '', closed INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE silenced (
  silence INTEGER NOT NULL, reporter TEXT NOT NULL, source TEXT NOT NULL, builder TEXT NOT NULL,
  held INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (silence, reporter, source, builder)
) WITHOUT ROWID;
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL, address TEXT NOT NULL,
  what TEXT NOT NULL, about TEXT NOT NULL, reason TEXT NOT NULL
);
PRAGMA user_version = 9;
)sql";

}  // namespace carillon::store
