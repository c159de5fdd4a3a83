"""carillon copy-db: all of a file into PostgreSQL, and back, with a history that has everything in it."""

import contextlib
import hashlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import unittest

from carillon_test.carillon import program
from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.postgres import PASSWORD
from carillon_test.s3_fake import BUCKET, S3Fake
from carillon_test.services import http_push
from carillon_test.waiting import stays, wait_for

# Long logs of the test: a name as the spool gives it, and what it has.
# It is longer than what a server would put into PostgreSQL.
_LOG = b"a line of a long log\n" * 850_000


def content(path):
    """{table: its rows, as SQLite quotes them}, of all tables."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        db.text_factory = bytes
        names = [name.decode() for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: sorted(map(repr, db.execute(f"SELECT * FROM {name}"))) for name in names}


class CopyTest(ServerTest):
    def setUp(self):
        self.postgresql = self.postgres()
        self.good, self.away = self.http_sink(), self.http_sink()
        self.away.default = Answer(status=503)
        self.file = self.carillon(self.services())

    def services(self):
        return http_push(self.good, name="posts") + http_push(self.away, name="away")

    def url(self, carillon):
        return f"sqlite:///{carillon.database}"

    def copy(self, source, target, *options, env=None):
        return self.file.cli("copy-db", *options, source, target, env=env)

    def copied(self, *arguments):
        done = self.copy(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def with_history(self):
        """A file with builds, deliveries in all states, a pause, a silence, the audit log, a subscription and a
        long log of what waits; its server has ended."""
        carillon = self.file
        self.good.script(404)
        self.assertEqual(carillon.ingest([build(n, results=n % 3) for n in range(1, 8)]).status, 202)
        wait_for(
            lambda: self.states(carillon) == ["dead", *["delivered"] * 6, *["waiting"] * 7],
            lambda: f"what can be delivered: {self.states(carillon)}",
        )
        waiting = carillon.deliveries("--state", "waiting")
        config = ["--config", carillon.config]
        for command in (
            ["drop", *config, waiting[0]["id"]],
            ["pause", *config, "away", "--for", "1h", "--why", "a holiday"],
            ["silence", "add", *config, "--builder", "quiet", "--for", "2h", "--why", "noise"],
        ):
            done = carillon.cli(*command)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(carillon.ingest(build(1, builder="quiet", results=2)).status, 202)
        wait_for(lambda: carillon.explain("quiet/1")["events"], "the silenced build")
        self.assertEqual(carillon.stop(), 0)
        with contextlib.closing(sqlite3.connect(carillon.database)) as db, db:
            # What a bot and a long log leave behind; and a number that was given and is gone.
            db.execute("INSERT INTO memory VALUES ('bot', 'subscription/1', '{\"events\": [\"finished\"]}', 5)")
            (dead,) = db.execute("SELECT id FROM deliveries WHERE state = 2").fetchone()
            db.execute("INSERT INTO files VALUES (?, 1, 'log-1-7', ?, ?, ?, 'stdio')", (dead, len(_LOG), len(_LOG), 99))
            db.execute("UPDATE sqlite_sequence SET seq = seq + 100 WHERE name = 'notifications'")
        spool = carillon.database.with_name(carillon.database.name + ".spool")
        spool.mkdir(exist_ok=True)
        (spool / "log-1-7").write_bytes(_LOG)

    def states(self, carillon):
        return sorted(row["state"] for row in carillon.deliveries("--limit", 1000))

    def told(self, carillon):
        """What the command line says of a database, without what is of the moment."""
        builds = ["pass/1", "pass/7", "quiet/1"]
        return {
            "deliveries": carillon.deliveries("--limit", 1000),
            "explained": [carillon.explain(one) for one in builds],
            "silences": json.loads(carillon.cli("silence", "list", "--json", "--config", carillon.config).stdout),
        }

    def test_there_and_back_with_a_server_in_between(self):
        self.with_history()
        before, told = content(self.file.database), self.told(self.file)
        there = self.copied(self.url(self.file), self.postgresql.url())
        self.assertRegex(there.stdout, r"(?m)^events +\d+  [0-9a-f]{16}$")
        self.assertIn("1 long log (", there.stdout)
        self.assertIn("the long logs are in the database\n", there.stdout)
        self.assertEqual(self.postgresql.sql("SELECT name, size FROM log_files"), [f"log-1-7|{len(_LOG)}"])
        self.assertNotIn(PASSWORD, there.stdout + there.stderr)
        self.assertEqual(content(self.file.database), before, "the source is as it was")

        second = self.carillon(start=False)
        back = self.copied(self.postgresql.url(), self.url(second))
        self.assertEqual(content(second.database), before)
        spooled = second.database.with_name(second.database.name + ".spool") / "log-1-7"
        self.assertEqual(hashlib.sha256(spooled.read_bytes()).digest(), hashlib.sha256(_LOG).digest())
        self.assertIn(f"the long logs are in the folder {spooled.parent}\n", back.stdout)
        tables = r"(?m)^\w+ +\d+  [0-9a-f]{16}$"
        self.assertEqual(re.findall(tables, there.stdout), re.findall(tables, back.stdout))

        on_database = self.carillon(self.services(), db_url=self.postgresql.url(), start=False)
        self.assertEqual(self.told(on_database), told)
        waiting = {row["id"] for row in told["deliveries"] if row["state"] == "waiting"}
        self.assertTrue(waiting)
        posted = len(self.good.bodies())
        self.away.default = Answer()
        already = len(self.away.bodies())
        on_database.start()
        done = on_database.cli("go", "away", "--config", on_database.config)
        self.assertEqual(done.returncode, 0, done.stderr)
        wait_for(
            lambda: not on_database.deliveries("--state", "waiting"),
            lambda: f"what waits to be sent: {on_database.deliveries('--state', 'waiting')}",
        )
        stays(lambda: len(self.away.bodies()) == already + len(waiting), "each of what waits is sent once", 1)
        self.assertEqual(len(self.good.bodies()), posted, "what was delivered is not sent again")
        (dead,) = [row["id"] for row in told["deliveries"] if row["state"] == "dead"]
        for path, shown in (
            ("", "pass"), ("builds", "quiet"), ("b/pass/7", "posts"), ("deliveries", "posts"), (f"deliveries/{dead}", "404"),
            ("reporters", "away"), ("silences", "noise"),
        ):
            page = on_database.request("GET", path)
            self.assertEqual(page.status, 200, path)
            self.assertIn(shown, page.body.decode(), path)
        self.assertEqual(on_database.ingest(build(8)).status, 202)
        wait_for(lambda: len(self.away.bodies()) == already + len(waiting) + 1, "a new build to be reported")
        newest = max(row["id"] for row in on_database.deliveries())
        self.assertGreater(newest, max(row["id"] for row in told["deliveries"]))

    def test_folders_of_the_configuration(self):
        self.with_history()
        shared = self.folder / "shared"
        missing = self.copy("--to-dir", shared, self.url(self.file), self.postgresql.url())
        self.assertEqual(missing.returncode, 1)
        self.assertIn(f"--to-dir: {shared} does not exist: make it, or mount it, first", missing.stderr)
        shared.mkdir()
        there = self.copied("--to-dir", shared, self.url(self.file), self.postgresql.url())
        self.assertIn(f"the long logs are in the folder {shared}/postgres.postgresql.spool\n", there.stdout)
        self.assertEqual(self.postgresql.sql("SELECT count(*) FROM log_files"), ["0"])
        self.assertEqual((shared / "postgres.postgresql.spool" / "log-1-7").read_bytes(), _LOG)
        second, third = self.carillon(start=False), self.carillon(start=False)
        without = self.copied(self.postgresql.url(), self.url(second))
        self.assertIn("1 long log that deliveries name were no longer there", without.stdout)
        self.assertIn("Where c['spool'] names a folder or a bucket, say so: --from-dir", without.stdout)
        other = self.carillon(f"c['spool'] = {{'dir': {str(shared)!r}}}", start=False)
        self.copied("--from-dir", shared, self.postgresql.url(), self.url(other))
        self.copied("--from-config", other.config, self.postgresql.url(), self.url(third))
        spooled = third.database.with_name(third.database.name + ".spool") / "log-1-7"
        self.assertEqual(hashlib.sha256(spooled.read_bytes()).digest(), hashlib.sha256(_LOG).digest())

    def test_a_bucket_of_the_configuration(self):
        self.with_history()
        s3 = S3Fake()
        self.addCleanup(s3.close)
        bucket = self.carillon(s3.configured(), start=False)
        there = self.copied("--to-config", bucket.config, self.url(self.file), self.postgresql.url())
        self.assertIn(f"the long logs are in the bucket {s3.url}/{BUCKET}/postgres.postgresql.spool\n", there.stdout)
        self.assertEqual(s3.body("postgres.postgresql.spool/log-1-7"), _LOG)
        third = self.carillon(start=False)
        self.copied("--from-config", bucket.config, self.postgresql.url(), self.url(third))
        spooled = third.database.with_name(third.database.name + ".spool") / "log-1-7"
        self.assertEqual(spooled.read_bytes(), _LOG)
        both = self.copy("--from-config", bucket.config, "--from-dir", self.folder, self.postgresql.url(), self.url(third))
        self.assertEqual(both.returncode, 2, both.stderr)

    def test_it_is_refused(self):
        self.assertEqual(self.file.ingest(build(1)).status, 202)
        served = self.copy(self.url(self.file), self.postgresql.url())
        self.assertEqual(served.returncode, 1)
        self.assertIn(f"another carillon is running with {self.file.database}", served.stderr)
        self.assertIn(f"(process {self.file.process.pid})", served.stderr)
        self.assertEqual(self.file.stop(), 0)
        on_database = self.carillon(db_url=self.postgresql.url())
        target = self.copy(self.url(self.file), self.postgresql.url())
        self.assertIn("another carillon is running with postgresql://carillon@", target.stderr)
        self.assertIn(f"(process {on_database.process.pid})", target.stderr)
        self.assertEqual(on_database.stop(), 0)
        full = self.copy(self.url(self.file), self.postgresql.url())
        self.assertRegex(full.stderr, "is not empty: memory has [0-9]+ row")
        same = self.copy(self.url(self.file), self.url(self.file))
        self.assertIn("FROM and TO are the same database", same.stderr)
        none = self.copy("sqlite:///none.sqlite", self.postgresql.url())
        self.assertIn("does not exist", none.stderr)
        self.assertFalse((self.file.folder / "none.sqlite").exists())
        unknown = self.copy(self.url(self.file), f"mysql://u:{PASSWORD}@db/c")
        self.assertIn("TO: must be sqlite:///FILE or postgresql://", unknown.stderr)
        for done in (served, target, full, same, none, unknown):
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertNotIn(PASSWORD, done.stdout + done.stderr)

    def test_texts_are_told_not_changed(self):
        self.with_history()
        with contextlib.closing(sqlite3.connect(self.file.database)) as db, db:
            db.execute("UPDATE deliveries SET summary = CAST(x'610062' AS TEXT) WHERE id = 3")
        refused = self.copy(self.url(self.file), self.postgresql.url())
        self.assertEqual(refused.returncode, 1)
        self.assertIn("1 text cannot be kept in postgresql://", refused.stderr)
        self.assertIn("deliveries 3: summary has a NUL", refused.stderr)
        self.assertEqual(self.postgresql.sql("SELECT count(*) FROM events"), ["0"])
        done = self.copied(self.url(self.file), self.postgresql.url(), "--replace-texts")
        self.assertIn("deliveries 3: summary has a NUL", done.stdout)
        self.assertEqual(self.postgresql.sql("SELECT summary FROM deliveries WHERE id = 3"), ["a\ufffdb"])

    def test_killed_in_the_middle_it_is_repeated(self):
        self.with_history()
        first = self.copied(self.url(self.file), self.postgresql.url(), "--json")
        whole = json.loads(first.stdout)
        self.postgresql.sql("TRUNCATE " + ", ".join(one["table"] for one in whole["tables"]))
        # Whoever writes deliveries waits for a lock that the test holds: events are written by then.
        self.postgresql.sql(
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NULL; END $$;"
            "CREATE TRIGGER waits BEFORE INSERT ON deliveries EXECUTE FUNCTION wait()"
        )
        holder = subprocess.Popen(
            ["psql", "--no-psqlrc", "-qtAX", self.postgresql.url()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        with holder:
            holder.stdin.write("SELECT pg_advisory_lock(77); SELECT 'held';\n")
            holder.stdin.flush()
            wait_for(lambda: holder.stdout.readline() == "held\n", "the lock")
            copying = subprocess.Popen(
                [str(program()), "copy-db", self.url(self.file), self.postgresql.url()],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            with copying:
                try:
                    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'"
                    wait_for(lambda: self.postgresql.sql(waits) == ["1"], "the copy to wait in the middle")
                finally:
                    os.kill(copying.pid, signal.SIGKILL)
                    copying.communicate()
            holder.communicate("SELECT pg_advisory_unlock(77);\n")
        sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'carillon%'"
        wait_for(lambda: self.postgresql.sql(sessions) == ["0"], "the session of the killed one to end")
        self.postgresql.sql("DROP TRIGGER waits ON deliveries")
        self.assertEqual(self.postgresql.sql("SELECT count(*) FROM events"), ["0"])
        again = self.copied(self.url(self.file), self.postgresql.url(), "--json")
        self.assertEqual(json.loads(again.stdout), whole)


if __name__ == "__main__":
    unittest.main()
