"""Carillon on PostgreSQL: kills of either, the command line, and what is said when there is no way to it."""

import collections
import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.postgres import PASSWORD, PgBouncer, Postgres
from carillon_test.services import http_push
from carillon_test.stream import UNDER_WAY, post_while
from carillon_test.waiting import wait_for


class PostgresTest(ServerTest):
    def setUp(self):
        self.server = self.postgres()
        self.http = self.http_sink()

    def on_postgres(self, **arguments):
        return self.carillon(http_push(self.http, name="posts"), db_url=self.server.url(), **arguments)

    def posted(self):
        return collections.Counter(body["number"] for body in self.http.bodies())

    def stream(self, carillon, meanwhile):
        """Posts builds while meanwhile(acknowledged) acts; the numbers that were acknowledged."""
        return post_while(lambda number: carillon.ingest(build(number)), meanwhile)

    def all_reported(self, carillon, acknowledged):
        wait_for(
            lambda: set(acknowledged) <= set(self.posted()),
            lambda: f"{len(set(acknowledged) - set(self.posted()))} builds to be posted", 120,
        )
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "the ledger to settle", 120)

    def test_kills_of_carillon_lose_nothing(self):
        self.http.default = Answer(delay=0.01)
        carillon = self.on_postgres()
        kills = 2

        def kill(acknowledged):
            for _ in range(kills):
                done = len(acknowledged)
                wait_for(lambda: len(acknowledged) >= done + 40, "40 more acknowledged builds")
                carillon.kill9()
                carillon.start()
            done = len(acknowledged)
            wait_for(lambda: len(acknowledged) >= done + 5, "builds after the last start")

        acknowledged = self.stream(carillon, kill)
        self.all_reported(carillon, acknowledged)
        self.assertLessEqual(sum(n - 1 for n in self.posted().values()), kills * UNDER_WAY)
        known = self.server.sql("SELECT count(*), count(DISTINCT key) FROM events")
        self.assertEqual(known[0].split("|")[0], known[0].split("|")[1])

    def test_restarts_of_postgresql_lose_and_double_nothing(self):
        carillon = self.on_postgres()
        refusals = []

        def restart(acknowledged):
            for how in (self.server.stop, self.server.crash):
                done = len(acknowledged)
                wait_for(lambda: len(acknowledged) >= done + 40, "40 more acknowledged builds")
                how()
                # The one whose commit was under way may wait until PostgreSQL says what became of it.
                refusals.append(carillon.ingest(build(1_000_000)))
                wait_for(lambda: carillon.request("GET", "ready").status == 503, "GET /ready to say so")
                self.server.start()
                done = len(acknowledged)
                wait_for(lambda: len(acknowledged) >= done + 5, "builds after the restart")
            wait_for(lambda: carillon.request("GET", "ready").status == 200, "GET /ready to answer 200 again")

        acknowledged = self.stream(carillon, restart)
        self.all_reported(carillon, acknowledged)
        self.assertEqual(max(self.posted().values()), 1, "nothing was doubled")
        for refusal in refusals:
            self.assertEqual(refusal.status, 503, refusal.body)
            self.assertGreater(int(refusal.headers["Retry-After"]), 0)
            self.assertNotIn(PASSWORD.encode(), refusal.body)
        self.assertNotIn(PASSWORD, carillon.log.read_text())

    def test_the_command_line(self):
        self.http.default = Answer(status=404)
        carillon = self.on_postgres()
        self.assertEqual(carillon.ingest([build(1), build(2)]).status, 202)
        first, second = carillon.settled(2)
        self.assertEqual({first["state"], second["state"]}, {"dead"})
        self.http.default = Answer()
        self.assertEqual(carillon.resend(first["id"]).returncode, 0)
        self.assertEqual(carillon.drop(second["id"]).returncode, 0)
        wait_for(
            lambda: [row["state"] for row in carillon.deliveries()] == ["delivered", "dropped"],
            lambda: f"the resent one to arrive: {carillon.deliveries()}",
        )
        (event,) = carillon.explain("pass/1")["events"]
        self.assertEqual([row["state"] for row in event["deliveries"]], ["delivered"])
        db = ["--db", self.server.url()]
        over = carillon.cli("deliveries", "--json", *db)
        self.assertEqual(over.returncode, 0, over.stderr)
        done = carillon.cli("replay", "--config", carillon.config, "--since", "1h")
        self.assertEqual(done.returncode, 0, done.stderr)
        wait_for(lambda: self.posted() == {1: 3, 2: 2}, lambda: f"the replay: {self.posted()}")
        shown = carillon.cli("preview", "--config", carillon.config, "posts", "pass/1")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        said = carillon.cli("status", "--config", carillon.config)
        self.assertEqual(said.returncode, 0, said.stderr)
        for text in (over.stdout, done.stdout + done.stderr, shown.stdout, said.stdout, carillon.log.read_text()):
            self.assertNotIn(PASSWORD, text)

    def test_a_second_server_is_refused_by_name(self):
        carillon = self.on_postgres()
        other = self.carillon(http_push(self.http), db_url=self.server.url(), start=False)
        refused = other.cli("run", other.config)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("another carillon is running with postgresql://carillon@", refused.stderr)
        self.assertIn(f"(process {carillon.process.pid})", refused.stderr)
        # It is known to serve, but is not reached from where the other one's files are.
        self.assertIn("running", other.cli("status", "--config", other.config).stdout)
        reload = other.cli("reload", "--config", other.config)
        self.assertEqual(reload.returncode, 1)
        self.assertIn("is not reached from here", reload.stderr)
        self.assertNotIn(PASSWORD, refused.stderr + reload.stderr)


class PoolerTest(ServerTest):
    def test_sessions_of_its_own(self):
        http = self.http_sink()
        pooler = self.pooler(self.postgres(), "session")
        carillon = self.carillon(http_push(http, name="posts"), db_url=pooler.url())
        self.assertEqual(carillon.ingest(build(1)).status, 202)
        self.assertEqual(http.wait_for(1)[0].json["number"], 1)
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "the ledger to settle")

    def test_another_session_for_each_transaction(self):
        server = self.postgres()
        pooler = self.pooler(server, "transaction")
        carillon = self.carillon(db_url=pooler.url(), start=False)
        for arguments in (["run", carillon.config], ["deliveries", *carillon.place()]):
            done = carillon.cli(*arguments)
            self.assertNotIn(done.returncode, (0, 2), done.stderr)
            self.assertIn("is a pooler that hands out another session for each transaction", done.stderr)
            self.assertNotIn(PASSWORD, done.stderr)
        self.assertEqual(server.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), ["0"])
        self.assertEqual(server.sql("SELECT to_regclass('meta') IS NULL"), ["t"])

    def pooler(self, server, mode):
        made = PgBouncer(self._new("pooler"), server, mode=mode)
        self.addCleanup(made.close)
        return made


class NoWayTest(ServerTest):
    """What is said at the start when there is no way to the database."""

    def said_with(self, url):
        carillon = self.carillon(db_url=url, start=False)
        done = carillon.cli("run", carillon.config)
        self.assertEqual(done.returncode, 1)
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        return done.stderr

    def test_no_server(self):
        server = Postgres(self._new("postgres"))
        said = self.said_with(server.url())
        self.assertIn(f"carillon: postgresql://carillon@{server.socket}/postgres: connection to server", said)

    def test_wrong_password_or_database(self):
        server = self.postgres()
        said = self.said_with(server.url(password=PASSWORD + "x"))
        self.assertIn("password authentication failed", said)
        self.assertIn('database "nonesuch" does not exist', self.said_with(server.url(database="nonesuch")))

    def test_a_database_of_others(self):
        server = self.postgres()
        server.sql("CREATE TABLE events (what text)")
        self.assertIn("holds tables of another program", self.said_with(server.url()))

    def test_a_url_that_cannot_be_read(self):
        said = self.said_with(f"postgresql://carillon:{PASSWORD}%zz@db/carillon")
        self.assertIn("c['db']: the URL of the database cannot be read: invalid percent-encoded token", said)


if __name__ == "__main__":
    unittest.main()
